"""The frame of every page: templates, inlined style and script, and the security policy."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from dashboards.compiled_templates import CompiledTemplates
from dashboards.definitions import Definitions
from dashboards.figures.still import still
from dashboards.number_format import localised_values, printed
from dashboards.theme import css_variables
from pipelines.core import status

_ROOT = Path(__file__).parents[1]
_SCRIPTS = ("site.js", "filters.js", "one_site.js")
STYLE_PATH = "assets/site.css"
SCRIPT_PATH = "assets/site.js"
PLOTLY_PATH = "assets/plotly.min.js"
NOTICES_PATH = "assets/third-party-notices.txt"
PARTS_PATH = "assets/parts.js"
SITES_PATH = "assets/sites.js"
FONT_PATH = "assets/font.js"
PAGES = (
    ("today", "index.html", "Today"),
    ("overview", "outcomes.html", "Outcomes"),
    ("retention", "retention.html", "Retention"),
    ("wellbeing", "wellbeing.html", "Wellbeing"),
    ("absence", "absence.html", "Absence"),
    ("customers", "customers.html", "Customers and quality"),
    ("parts", "parts.html", "Parts and worth"),
    ("practice", "practice.html", "Coaching practice"),
    ("coaches", "coaches.html", "Coaches"),
    ("training", "training.html", "Training"),
    ("claims", "claims.html", "Claims"),
    ("method", "method.html", "Fair comparison"),
    ("quality", "quality.html", "Data quality"),
    ("definitions", "definitions.html", "Definitions"),
    ("your_data", "your-data.html", "Your data"),
)
"""Key, file and name of every page, in the order of the navigation."""
DOORS: dict[str, tuple[str, ...]] = {
    "Today": ("today",),
    "Outcomes": ("overview", "retention", "wellbeing", "absence", "customers", "parts"),
    "Coaching": ("practice", "coaches", "training"),
    "Evidence & data": ("claims", "method", "quality", "definitions", "your_data"),
}
"""The four doors of the navigation, and the pages behind each; a door opens its first page."""
FILTERED = frozenset({"overview", "retention", "wellbeing", "absence", "customers", "parts"})
"""Pages with figures by part of the workforce, which carry the filters."""
FILTERS = (
    ("site", "Site", "All sites"),
    ("role", "Role", "All roles"),
    ("tenure_band", "Time in job", "Any time"),
    ("period", "Period", "All periods"),
)
"""What can be filtered by: the segment, its name, and what stands for no choice."""
LOOKS_OF: dict[str, str] = {
    status.SUPPRESSED: "is-hidden",
    status.NO_DATA: "is-empty",
    status.TOO_EARLY: "is-early",
    status.NOT_REPORTABLE: "is-withheld",
}
"""How a cell looks that has a status in the place of a figure."""
LOOKS = {status.words(each): look for each, look in LOOKS_OF.items()}
"""How a table's cell looks that says one of these words in the place of a figure."""
_POLICY = (
    "default-src 'none'; script-src 'self'; "
    # Plotly adds one empty style element.
    "style-src 'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='; "
    "style-src-attr 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src data:; base-uri 'none'; form-action 'none'"
)
"""The content security policy that lets a page run what came with the site and nothing else."""


def own_files() -> dict[str, str]:
    """Return the style and the script that every page loads, by their paths in the site."""
    static = _ROOT / "static"
    return {
        STYLE_PATH: css_variables() + (static / "site.css").read_text("utf-8"),
        SCRIPT_PATH: "".join((static / name).read_text("utf-8") for name in _SCRIPTS),
    }


def render(template: str, font_base64: str | None, **values: Any) -> str:
    """Return a page as HTML; everything put into it is escaped."""
    current = values["current"]
    return (
        templates()
        .get_template(template)
        .render(
            style_path=STYLE_PATH,
            script_path=SCRIPT_PATH,
            policy=_POLICY,
            doors=_doors(current),
            rooms=_rooms(current),
            every_page=PAGES,
            page_name=next((name for key, _, name in PAGES if key == current), ""),
            said_path=_said(current, values),
            filters=FILTERS,
            font_path=FONT_PATH if font_base64 else "",
            plotly_path=PLOTLY_PATH,
            notices_path=NOTICES_PATH,
            looks=LOOKS,
            still=still,
            looks_of=LOOKS_OF,
            **values,
        )
    )


_MAKER: ContextVar[Callable[..., Environment]] = ContextVar("maker", default=Environment)


@contextmanager
def made_of(maker: Callable[..., Environment]) -> Iterator[None]:
    """Let something else make the templates' environment as long as the block lasts."""
    token = _MAKER.set(maker)
    try:
        yield
    finally:
        _MAKER.reset(token)


def templates() -> Environment:
    """Return the environment that pages are made in: its templates by name."""
    return _environment(_MAKER.get())


@cache
def _environment(maker: Callable[..., Environment]) -> Environment:
    return maker(
        loader=FileSystemLoader(_ROOT / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        extensions=[Definitions],
        finalize=printed,
        bytecode_cache=CompiledTemplates() if maker is Environment else None,
    )


def _said(current: str, values: Mapping[str, Any]) -> str:
    """Return the script with the texts that a choice puts in; empty without a choice."""
    if current in FILTERED:
        return PARTS_PATH
    return SITES_PATH if values.get("choices") else ""


def _doors(current: str) -> list[tuple[str, str, str]]:
    """Return the state of each door, its address and its name."""
    files = {key: file for key, file, _ in PAGES}
    return [
        ("" if current not in keys else "true" if keys[1:] else "page", files[keys[0]], name)
        for name, keys in DOORS.items()
    ]


def _rooms(current: str) -> list[tuple[str, str, str]]:
    """Return the pages behind the door of the page; none where it is alone."""
    keys = next(keys for keys in DOORS.values() if current in keys)
    return [page for page in PAGES if page[0] in keys] if len(keys) > 1 else []


def inline_json(value: Any) -> Markup:
    """Return data for a script element of type application/json; no text in it can end it."""
    value = localised_values(value)
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)


def csv_link(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Return a data URI with the rows as CSV; text that a spreadsheet would run is defused."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([_plain(cell) for cell in row] for row in rows)
    return f"data:text/csv;charset=utf-8,{quote(buffer.getvalue())}"


def _plain(cell: Any) -> Any:
    starts_formula = isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r")
    return f"'{cell}" if starts_formula else "" if cell is None else cell
