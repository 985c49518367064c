"""The text of a page as a reader meets it: a line per block, nothing from scripts and styles."""

from __future__ import annotations

from html.parser import HTMLParser

_BLOCKS = {
    "p", "h1", "h2", "h3", "li", "dt", "dd", "td", "th", "tr", "caption", "summary", "section",
    "figure", "div", "title", "small", "button", "footer", "header", "nav", "br",
}  # fmt: skip
_SILENT = {"script", "style", "svg", "noscript"}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = [""]
        self.depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.depth += tag in _SILENT
        if tag in _BLOCKS:
            self.lines.append("")

    def handle_endtag(self, tag: str) -> None:
        self.depth -= tag in _SILENT
        if tag in _BLOCKS:
            self.lines.append("")

    def handle_data(self, data: str) -> None:
        if not self.depth:
            self.lines[-1] += data


def visible_text(page: str) -> str:
    """Return the text of an HTML page, one line per block, blank lines left out."""
    reader = _Reader()
    reader.feed(page)
    lines = (" ".join(line.split()) for line in reader.lines)
    return "\n".join(line for line in lines if line) + "\n"
