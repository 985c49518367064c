"""From an exits' file to its exits: rows whose date says that there is no end are set aside."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from pipelines.contracts.sources import Source
from pipelines.core.text_columns import distinct_texts, kept_rows
from pipelines.ingest.read.delivery import Delivery

_NO_END = re.compile(
    r"(9999|0000)[-./]?[0-9]{2}[-./]?[0-9]{2}([T ].*)?|"
    r"[0-9]{1,2}[-./][0-9]{1,2}[-./](9999|0000)( .*)?"
)
"""HR systems write 9999-12-31 or 0000-00-00 where somebody still works there."""


def without_open_ends(delivery: Delivery, source: Source) -> Delivery:
    """The delivery without rows of people who haven't left; they are counted as skipped."""
    name = delivery.delivered_names.get("separation_date")
    if source.name != "attrition" or name is None:
        return delivery
    codes, texts = distinct_texts(delivery.table.column(name))
    open_ended = [bool(_NO_END.fullmatch((text or "").strip())) for text in texts.to_pylist()]
    if not any(open_ended):
        return delivery
    is_open = np.array(open_ended, dtype=bool)[codes]
    n_open = int(is_open.sum())
    rows = "1 row" if n_open == 1 else f"{n_open:,} rows"
    return replace(
        delivery,
        table=kept_rows(delivery.table, ~is_open),
        notes=(*delivery.notes, f"{rows} without an end (such as 9999-12-31) set aside: no exit"),
        shaped_from=delivery,
        skipped=(("no exit", n_open),),
    )
