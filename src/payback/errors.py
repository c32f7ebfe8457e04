"""What payback refuses, and the way out of each refusal.

`PaybackError` is the only family that a face turns into one sentence and exit code 1 (or an HTTP status); bad *data*
is never an exception but a `ledger.entries.Rejected` value.

    PaybackError
    ├── SettingsError        payback.toml or the environment says something that cannot be
    ├── UnanswerableError    a metric cannot be asked this way
    ├── UnknownNameError     a metric, dimension, source, table or change that does not exist
    ├── SourceError          a vendor, file or repository cannot be read at all
    ├── WarehouseError       the facts cannot be opened, written or migrated
    ├── ForbiddenError       the reader may not do this
    └── UnreadableFileError  a file cannot be taken in as what it is said to be
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class PaybackError(Exception):
    """A request that is refused, said in one sentence: what, why, what to do."""


class SettingsError(PaybackError):
    """A setting that cannot be used."""


class SourceError(PaybackError):
    """A source that cannot be read at all; the other sources go on."""


class WarehouseError(PaybackError):
    """The store of facts cannot be opened, written or migrated."""


class UnreadableFileError(PaybackError):
    """A file that cannot be taken in as what it is said to be."""


class ForbiddenError(PaybackError):
    """Something that this reader may not do, with the right it takes."""

    def __init__(self, what: str, reason: str) -> None:
        super().__init__(
            f"you may not {what} ({reason}); it takes a right to all rows and to figures of people"
        )


class UnknownNameError(PaybackError):
    """A name that payback does not know, with the nearest ones it does."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        names = sorted(known)
        near = get_close_matches(name, names, n=3, cutoff=0.5)
        hint = f"did you mean {', '.join(near)}?" if near else f"known: {', '.join(names[:40])}"
        super().__init__(f"there is no {kind} called {name!r}; {hint}")
        self.kind, self.name = kind, name


class UnanswerableError(PaybackError):
    """A metric asked in a way that its facts cannot answer, with the ways they can."""

    def __init__(self, metric: str, dimension: str, known: Iterable[str]) -> None:
        super().__init__(
            f"{metric} can't be cut by {dimension!r}; it can be cut by: {', '.join(sorted(known)) or 'nothing'}"
        )
        self.metric, self.dimension = metric, dimension
