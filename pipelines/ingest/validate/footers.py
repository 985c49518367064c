"""From a rejected record to a hint where it is none but a total, a footer or a heading."""

from __future__ import annotations

import re

import pyarrow.compute as pc

from pipelines.ingest.read.delivery import LINE_NUMBER
from pipelines.ingest.validate.row_rules import RejectedCell
from pipelines.ingest.validate.validation import Validation

_FOOTER = re.compile(
    r"(.* )?(grand |sub[- ]?)?(totals?|sum|summe|gesamt|insgesamt|totaux|average|mean)( .*)?:?"
    r"|(end of|report|generated|exported|printed|page|confidential|copyright|©|[*]{2,}).*",
    re.IGNORECASE,
)


def footer_hint(cell: RejectedCell, validation: Validation) -> str:
    """A sentence for the reason of a refusal; empty where the record looks like one."""
    texts = [text.strip() for text in _texts(cell.line_number, validation) if text.strip()]
    reads_so = any(is_footer(text) for text in texts)
    is_heading = len(texts) == 1 and len(validation.delivery.as_delivered.columns) > 2
    if not reads_so and not is_heading:
        return ""
    kind = "a total or a footer" if reads_so else "a heading between rows"
    return (
        f". It looks like {kind}: export without them, or leave such records out by a recipe "
        "(_skip, docs/recipes)"
    )


def is_footer(text: str) -> bool:
    """Whether a text reads like that of a total or a footer."""
    return bool(_FOOTER.fullmatch(text))


def _texts(line: int, validation: Validation) -> list[str]:
    """The values of a record, whether it could be cut into the header's columns or not."""
    delivery = validation.delivery.as_delivered
    broken = [each.cells for each in delivery.broken if each.line_number == line]
    rows = delivery.table.filter(pc.equal(delivery.table.column(LINE_NUMBER), line)).to_pylist()
    cells = [*(broken[0] if broken else ()), *(rows[0].values() if rows else ())]
    return [cell for cell in cells if isinstance(cell, str)]
