"""From the rows of an export to those that are no records: labels below the header, totals."""

from __future__ import annotations

import re

from pipelines.ingest.profile.detect_format import Form
from pipelines.ingest.validate.footers import is_footer
from pipelines.personal_data.log_redaction import shape_of

MOST_LABEL_ROWS = 3
_FEWEST_RECORDS = 4
_FIGURES = re.compile(r"[9 .,:/TZ+-]+( ?[ap][.]?m[.]?)?")
_IMPORT_ID = re.compile(r'\{"ImportId": ?".*"\}')


def label_rows(form: Form) -> int:
    """How many rows below the header are further headers: words where all others have figures."""
    below = form.rows[:MOST_LABEL_ROWS]
    rest = form.rows[MOST_LABEL_ROWS:]
    if len(rest) < _FEWEST_RECORDS:
        return 0
    of_figures = [
        place
        for place in range(len(form.columns))
        if (values := _filled(rest, place)) and all(_is_figures(each) for each in values)
    ]
    n = 0
    for number, row in enumerate(below, start=1):
        said = [row[place].strip() for place in of_figures if place < len(row)]
        filled = [each for each in said if each]
        has_ids = any(_IMPORT_ID.fullmatch(cell.strip()) for cell in row)
        if has_ids or (filled and not any(_is_figures(each) for each in filled)):
            n = number
        else:
            break
    return n


def totals(form: Form) -> int:
    """How many rows read like totals or footers."""
    return sum(any(is_footer(cell.strip()) for cell in row if cell.strip()) for row in form.rows)


def _filled(rows: list[list[str]], place: int) -> list[str]:
    return [row[place].strip() for row in rows if place < len(row) and row[place].strip()]


def _is_figures(text: str) -> bool:
    return bool(_FIGURES.fullmatch(shape_of(text)))
