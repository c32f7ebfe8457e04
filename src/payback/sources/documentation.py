"""The page of the documentation that lists every vendor: settings, streams, the right each needs, made from `Source` values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payback.sources.source import Every, Snapshot
from payback.sources.vendors import sources

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta

    from payback.sources.source import Setting, Source, Stream

HEAD = """# Every vendor

Made from the `Source` values in `sources/`; do not edit. Settings stand in payback.toml under `[sources.KIND]`; a secret one
holds a reference (`env:NAME`, `file:PATH`, `keyring:SERVICE/USER`), never the key. Every connection also knows `since` (how
far back the first sync goes), `streams` (a list of those wanted), `base_url`, and `kind` where its name is another.
"""


def page() -> str:
    """The whole page as Markdown."""
    return "\n".join([HEAD, *(line for one in sources() for line in _vendor(one))])


def _vendor(source: Source) -> Iterator[str]:
    yield f"## {source.title}\n"
    yield f'`kind = "{source.kind}"`. {source.note}\n'
    yield "| setting | what it is |"
    yield "|---|---|"
    yield from (f"| `{one.name}` | {_setting(one)} |" for one in source.settings)
    yield ""
    yield "| stream | fills | needs | without it stays empty | reads |"
    yield "|---|---|---|---|---|"
    yield from (_stream(one) for one in source.streams)
    yield ""


def _setting(setting: Setting) -> str:
    marks = [word for word, holds in (("required", setting.required), ("secret", setting.secret)) if holds]
    marks += [f"else `{setting.default}`"] if setting.default is not None else []
    return _cell(setting.sentence) + (f" ({', '.join(marks)})" if marks else "")


def _stream(stream: Stream) -> str:
    tables = ", ".join(f"`{name}`" for name in stream.tables)
    name = f"`{stream.name}` {stream.title}" + (" (not every account has it)" if stream.optional else "")
    return f"| {name} | {tables} | {_cell(stream.needs)} | {', '.join(stream.pages)} | {_reads(stream)} |"


def _reads(stream: Stream) -> str:
    """How far back a plan reads, and what of it again each time."""
    match stream.plan:
        case Snapshot():
            return "the list as it is now"
        case Every() as every:
            return f"{_days(every.history)} back; the last {_days(every.restated)} again"
    return "as its page says"


def _days(length: timedelta) -> str:
    return f"{length.days} days" if length.days != 1 else "1 day"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
