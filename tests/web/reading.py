"""Pages as tests read them: their addresses, and what stands in their HTML."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import quote

from payback.web.pages import PAGES

VOID = {"meta", "link", "input", "br", "hr", "img", "rect", "path", "polyline"}


def address(page) -> str:
    """The path of a page with its example in place of parameters."""
    return _filled(page.path, page)


def twin(page) -> str:
    return _filled(page.twin, page)


def _filled(path: str, page) -> str:
    for name, value in page.example:
        path = re.sub(rf"\{{{name}(:path)?\}}", quote(value, safe=""), path)
    return path


ALL = [(page.name, address(page), twin(page)) for page in PAGES]


class Outline(HTMLParser):
    """Tags that were opened and not closed, attributes by name, and the text outside scripts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open, f"</{tag}> closes nothing"
            assert self.open.pop() == tag, f"</{tag}> closes another tag"

    def handle_data(self, data):
        if not self.open or self.open[-1] not in {"script", "style"}:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def links(self) -> set[str]:
        return {value for tag, name, value in self.attributes if tag == "a" and name == "href" and value}
