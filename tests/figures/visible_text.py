"""The text of a page as a reader meets it: a line per block, nothing from scripts and styles.

Nor is the navigation there, which changes with every page that the site gains, or anything that
is hidden until a reader asks for it.
"""

from __future__ import annotations

from html.parser import HTMLParser

_BLOCKS = {
    "p", "h1", "h2", "h3", "li", "dt", "dd", "td", "th", "tr", "caption", "summary", "section",
    "figure", "div", "title", "small", "button", "footer", "header", "br",
}  # fmt: skip
_VOID = {"br", "meta", "link", "rect", "line", "circle", "img", "input"}
_SILENT = {"script", "style", "svg", "noscript", "nav"}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = [""]
        self.silent: list[bool] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self.lines.append("")
        if tag not in _VOID:
            self.silent.append(tag in _SILENT or "hidden" in dict(attrs))

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.lines.append("")
        if tag not in _VOID:
            self.silent.pop()

    def handle_data(self, data: str) -> None:
        if not any(self.silent):
            self.lines[-1] += data


def visible_text(page: str) -> str:
    """Return the text of an HTML page, one line per block, blank lines left out."""
    reader = _Reader()
    reader.feed(page)
    lines = (" ".join(line.split()) for line in reader.lines)
    return "\n".join(line for line in lines if line) + "\n"
