"""payback.toml written for the first time, from what somebody says: organisation, zone, currency, vendors, where keys are.

Keys are named by reference only; whoever types a key instead is told so, and it is neither kept nor repeated.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from payback.errors import SettingsError
from payback.home import FILE
from payback.period import zone
from payback.sources.secrets import WAYS, is_reference
from payback.sources.vendors import source as source_of
from payback.sources.vendors import sources

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from payback.sources.source import Setting, Source

    Ask = Callable[[str, str], str]

CURRENCY = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True, slots=True)
class Beginning:
    """What an installation begins with. `vendors` maps the kind of a source to its settings."""

    organisation: str = "This machine"
    time_zone: str = "UTC"
    currency: str = "USD"
    vendors: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def begin(home: Path, told: Beginning) -> str:
    """Write payback.toml; says where it is and what to do next. SettingsError where there is one or a word cannot be."""
    text = written(told)
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = home / FILE
    try:
        with path.open("x", encoding="utf-8") as file:
            path.chmod(0o600)
            file.write(text)
    except FileExistsError:
        raise SettingsError(
            f"{path} is there already and is left as it is; edit it, then run payback check"
        ) from None
    following = "payback check, then payback sync" if told.vendors else "payback up"
    return f"{path} is written. Next: {following}"


def written(told: Beginning) -> str:
    """The text of payback.toml."""
    zone(told.time_zone)
    if not CURRENCY.fullmatch(told.currency):
        raise SettingsError(f"{told.currency!r} is no currency; write three letters such as USD or EUR")
    parts = [
        "[organisation]",
        f"name = {_text(told.organisation)}",
        f"time_zone = {_text(told.time_zone)}",
        f"currency = {_text(told.currency)}",
    ]
    for kind, settings in told.vendors.items():
        parts += ["", f"[sources.{kind}]", *_settings(source_of(kind), settings)]
    return "\n".join(parts) + "\n"


def _settings(source: Source, settings: Mapping[str, str]) -> list[str]:
    known = {one.name: one for one in source.settings}
    if strange := sorted(set(settings) - {*known, "since", "base_url"}):
        raise SettingsError(f"{source.kind} has no setting {strange[0]!r}; it has {', '.join(sorted(known))}")
    for one in source.settings:
        if one.required and one.default is None and one.name not in settings:
            raise SettingsError(f"{source.kind} needs {one.name}: {one.sentence}")
        if one.secret and one.name in settings and not is_reference(settings[one.name]):
            raise SettingsError(
                f"{one.name} of {source.kind} is a key itself; say where it is instead: {WAYS}"
            )
    return [f"{name} = {_text(value)}" for name, value in settings.items()]


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def key_of(source: Source) -> Setting | None:
    """The setting that holds a vendor's key; None where it has none."""
    secret = [one for one in source.settings if one.secret]
    return next((one for one in secret if one.required), secret[0] if secret else None)


def from_words(
    vendors: Sequence[str], keys: Sequence[str], settings: Sequence[str]
) -> dict[str, dict[str, str]]:
    """Vendors with their settings: the first key is the first vendor's, and so on; others as KIND.NAME=VALUE."""
    if len(keys) > len(vendors):
        raise SettingsError("there are more keys than vendors; give each --key after its --vendor")
    found: dict[str, dict[str, str]] = {kind: {} for kind in vendors}
    for kind, key in zip(vendors, keys, strict=False):
        setting = key_of(source_of(kind))
        if setting is None:
            raise SettingsError(f"{kind} has no key")
        found[kind][setting.name] = key
    for told in settings:
        name, sign, value = told.partition("=")
        kind, dot, setting_name = name.partition(".")
        if not (sign and dot and kind in found):
            raise SettingsError(
                "a word of --set is not KIND.NAME=VALUE with a kind named by --vendor, such as copilot.enterprise=acme"
            )
        found[kind][setting_name] = value
    return found


def asked(ask: Ask, told: Beginning) -> Beginning:
    """What somebody answers, each question with what holds if they say nothing. `ask(question, otherwise)` gives the answer."""
    name = ask("Name of the organisation", told.organisation)
    place = ask("Time zone in which days are cut", told.time_zone)
    currency = ask("Currency", told.currency)
    kinds = ask(f"Vendors to connect, by comma ({', '.join(one.kind for one in sources())}), or none", "none")
    named = [kind for kind in re.split(r"[,\s]+", kinds) if kind and kind != "none"]
    return Beginning(name, place, currency, {kind: _answers(ask, source_of(kind)) for kind in named})


def _answers(ask: Ask, source: Source) -> dict[str, str]:
    key, found = key_of(source), {}
    for one in source.settings:
        if one.required or one is key:
            otherwise = f"env:{source.kind.upper()}_KEY" if one.secret else one.default or ""
            question = f"{source.title}: {one.sentence}" + (f" ({WAYS})" if one.secret else "")
            if answer := ask(question, otherwise):
                found[one.name] = answer
    return found
