"""What a page is, and what `web` derives from it: route, place in the menu, `.json` twin, tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from payback.web.filters import DAYS, USUAL
from payback.web.forms import LARGEST

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from payback.web.asking import Ask

CONTROLS = ("days", "compare", "basis")
GROUPS = ("Home", "Spend", "Delivery", "Payback", "Control", "Govern", "Data")


@dataclass(frozen=True, slots=True)
class Page:
    """One page. `view` answers it as plain values, which the template `name`.html draws and the twin writes as JSON.

    `path` may hold parameters as routes write them; a page with parameters has a `parent` and no place in the menu.
    `example` fills the parameters for the tests that loop over all pages. `controls` and `dimensions` are what the bar of
    filters offers; without controls there is no bar; `days` are those meant unless others are asked for. `act` does what a form of the page asks for (its fields) and gives the
    sentence that says so; PaybackError where it cannot be done, WrongFieldsError where the form is to be shown again. A form of at
    most `largest` bytes is taken; those that bring a file need more than others. Where `then` is told, the page at that path says
    what was done.
    """

    name: str
    path: str
    title: str
    group: str
    question: str
    view: Callable[[Ask, Mapping[str, str]], Mapping[str, Any]]
    parent: str = ""
    controls: tuple[str, ...] = CONTROLS
    dimensions: tuple[str, ...] = USUAL
    days: str = DAYS
    example: tuple[tuple[str, str], ...] = ()
    act: Callable[[Ask, Mapping[str, str], Mapping[str, str]], str] | None = None
    largest: int = LARGEST
    then: str = ""

    @property
    def twin(self) -> str:
        """The path of the same answer as JSON."""
        return "/index.json" if self.path == "/" else f"{self.path}.json"

    @property
    def in_menu(self) -> bool:
        return "{" not in self.path
