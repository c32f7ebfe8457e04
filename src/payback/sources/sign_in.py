"""Signing in where a vendor takes no lasting key: a question is answered with a token that soon ends (RFC 6749 calls it a
grant). A source makes the question, purely; `http.Http` asks it, carries the token, and asks again before the token ends.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from payback.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

EARLY = timedelta(minutes=2)


class SignInError(SourceError):
    """No token was handed out. It says nothing about what a source asked for, and is never taken for a refusal of that."""


@dataclass(frozen=True, slots=True)
class Token:
    """What requests carry as `Authorization: Bearer`, until an instant. It is held in memory and nowhere else."""

    value: str = field(repr=False)
    until: datetime

    def __post_init__(self) -> None:
        """ValueError for what no header can carry, and for an instant of no time zone."""
        is_sendable = self.value.isascii() and self.value.isprintable() and " " not in self.value
        if not (self.value and is_sendable and self.until.tzinfo):
            raise ValueError("no token, or one without an end")

    def is_ending(self, now: datetime) -> bool:
        """Whether it is time for another."""
        return now >= self.until - EARLY


@dataclass(frozen=True, slots=True)
class SignIn:
    """The question that a token is the answer to: posted to `path` (under the vendor's address, or a whole address) with
    `headers`, and `form` where the vendor wants one, else an empty JSON object.

    `read` makes the token of the answer's JSON and the time it was asked at; KeyError, TypeError or ValueError where there is
    none. `meaning` says for a status what is wrong when no token is handed out.
    """

    path: str
    read: Callable[[Any, datetime], Token]
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    meaning: Mapping[int, str] = field(default_factory=dict)
