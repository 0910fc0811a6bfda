"""Reads a page as a browser would: elements, attributes, and the text of each."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "input", "path", "rect"}
OPTIONAL = {"td", "tr"}
"""Elements whose end the page leaves to the browser in places."""


@dataclass
class Element:
    """An element with what is inside it."""

    tag: str
    attributes: dict[str, str | None]
    inside: list["Element | str"] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Its text, with single spaces."""
        parts = (each if isinstance(each, str) else each.text for each in self.inside)
        return " ".join(" ".join(parts).split())

    def all(self, tag: str = "", **attributes: str) -> list["Element"]:
        """The elements inside it of a tag and with attributes (`class_` for class)."""
        wanted = {name.rstrip("_"): value for name, value in attributes.items()}
        return [
            each
            for each in self.walk()
            if tag in ("", each.tag)
            and all(each.attributes.get(name) == value for name, value in wanted.items())
        ]

    def one(self, tag: str = "", **attributes: str) -> "Element":
        """The only such element."""
        found = self.all(tag, **attributes)
        assert len(found) == 1, (tag, attributes, len(found))
        return found[0]

    def walk(self) -> Iterator["Element"]:
        """Everything inside it, in order."""
        for each in self.inside:
            if isinstance(each, Element):
                yield each
                yield from each.walk()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Element("", {})
        self.stack = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs))
        assert len(element.attributes) == len(attrs), f"attribute twice in {tag}"
        while tag in OPTIONAL and self.stack[-1].tag in OPTIONAL and self.stack[-1].tag != "tr":
            self.stack.pop()
        if tag == "tr" and self.stack[-1].tag == "tr":
            self.stack.pop()
        self.stack[-1].inside.append(element)
        if tag not in VOID:
            self.stack.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.stack[-1].inside.append(Element(tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        while self.stack[-1].tag in OPTIONAL and self.stack[-1].tag != tag:
            self.stack.pop()
        assert self.stack[-1].tag == tag, f"</{tag}> closes <{self.stack[-1].tag}>"
        self.stack.pop()

    def handle_data(self, data: str) -> None:
        self.stack[-1].inside.append(data)


def read(html: str) -> Element:
    """Reads a page; fails where elements are not closed in order."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert len(reader.stack) == 1, f"<{reader.stack[-1].tag}> is never closed"
    return reader.root
