"""Names and words of the invented company. Nobody here exists, and no text comes from anywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random


def _listed(text: str, between: str | None = None) -> tuple[str, ...]:
    return tuple(text.split(between))


GIVEN = _listed(
    "ana bela carl dina emil fara gino hana ivan jola kofi lena marc nora omar pia quin rosa sven tara ugo vera wim xena "
    "yuri zoe adam brit cleo dario elsa finn greta hugo iris jonas katja luca mira noam olga paul rita samir tilda ulla "
    "viktor wanda yara zeno agnes boris clara dora edgar flora gabor helga igor julia kai"
)
FAMILY = _listed(
    "Abel Brandt Castel Dumont Ekdal Farrow Garnier Holm Ibarra Jansen Keller Lindqvist Moreau Novak Okafor Petit "
    "Quiroga Rossi Sandoval Tanaka Urbano Vidal Weber Yilmaz Zeller"
)
NOUNS = _listed(
    "berth buoy cargo chart crane dock ferry harbour hull keel lamp lantern ledger lighthouse manifest mooring parcel "
    "pier pilot quay rope rudder sail signal tide tonnage tug voyage wharf winch"
)
VERBS = _listed(
    "bind cache check count fold guard list load mark merge move name order pack read round sort split"
)
TAILS = _listed(
    "at dawn;before loading;by weight;for late arrivals;in both directions;once per tide;per voyage;with a limit;"
    "without waiting;when fog comes",
    ";",
)


def subject(chance: Random) -> str:
    """A few words that name a piece of work, such as `Round berth fees once per tide`."""
    return f"{chance.choice(VERBS).capitalize()} {chance.choice(NOUNS)} {chance.choice(NOUNS)}s {chance.choice(TAILS)}"


def prose(chance: Random, words: int) -> str:
    """Harmless text of so many words."""
    return " ".join(chance.choices(NOUNS + VERBS, k=words))


def slug(text: str) -> str:
    """A text as people write it in a branch name."""
    return "-".join("".join(sign if sign.isalnum() else " " for sign in text.lower()).split())
