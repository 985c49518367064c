"""From an exits' file to its exits: rows of people who haven't left are left out, and counted.

Exports of an HR master have a row for everybody: without an end, or with one that means never.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from pipelines.config.mapping import SourceMapping
from pipelines.contracts.sources import Source
from pipelines.core.text_columns import distinct_texts, kept_rows
from pipelines.ingest.read.delivery import Delivery

_NO_END = re.compile(
    r"(9999|0000)[-./]?[0-9]{2}[-./]?[0-9]{2}([T ].*)?|"
    r"[0-9]{1,2}[-./][0-9]{1,2}[-./](9999|0000)( .*)?"
)
"""HR systems write 9999-12-31 or 0000-00-00 where somebody still works there."""
_ABSENT = re.compile(r"|null|none|nil|n/?a|#n/?a|nan|[-–—.]+|\\n", re.IGNORECASE)


def without_open_ends(delivery: Delivery, source: Source, mapping: SourceMapping) -> Delivery:
    """The delivery without rows of people who haven't left; they are counted as skipped.

    A row without a date says so only where it names no kind of exit either: with one, its date
    got lost.
    """
    if source.name != "attrition" or "separation_date" not in delivery.delivered_names:
        return delivery
    is_open = _where(delivery, "separation_date", lambda text: bool(_NO_END.fullmatch(text)))
    is_empty = _where(delivery, "separation_date", _is_absent)
    stays = mapping.values.get("separation_type", {})
    is_open |= is_empty & _where(
        delivery,
        "separation_type",
        lambda text: _is_absent(text) or stays.get(text, text) == "",
    )
    if not is_open.any():
        return delivery
    n_open = int(is_open.sum())
    rows = "1 row" if n_open == 1 else f"{n_open:,} rows"
    return replace(
        delivery,
        table=kept_rows(delivery.table, ~is_open),
        notes=(*delivery.notes, f"{rows} without an end (empty, or 9999-12-31) left out: no exit"),
        shaped_from=delivery,
        skipped=(("no exit", n_open),),
    )


def _is_absent(text: str) -> bool:
    return _ABSENT.fullmatch(text) is not None


def _where(delivery: Delivery, column: str, holds: Callable[[str], bool]) -> npt.NDArray[np.bool_]:
    """In which rows a column's text is of a kind; a column that isn't there is empty."""
    name = delivery.delivered_names.get(column)
    if name is None:
        return np.full(delivery.table.num_rows, holds(""))
    codes, texts = distinct_texts(delivery.table.column(name))
    found = [holds((text or "").strip()) for text in texts.to_pylist()]
    return np.array(found, dtype=bool)[codes]
