"""A made-up publication: frames say what a world is about, the pipelines add what follows."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

import polars as pl

from dashboards.data import Intake, SetAside, SiteData
from dashboards.frames import FRAMES
from dashboards.load import load_intake, load_set_aside
from pipelines.contracts.tables import empty_frame, load_metrics
from pipelines.core.warehouse import open_warehouse, write
from pipelines.disclosure.cut import dates_around
from pipelines.estimators.conclusions import conclusions
from pipelines.estimators.covariate_balance import with_alike
from pipelines.estimators.next_look import next_look
from pipelines.measurement.practice_summary import practice_summary, with_gap

LOWER_IS_BETTER = [m.outcome for m in load_metrics() if m.direction == "lower_is_better"]


class MadeUp(SiteData):
    """As `SiteData`; what a refresh concludes of its frames is concluded of these, always anew."""

    def __post_init__(self) -> None:
        conclude = conclusions(LOWER_IS_BETTER)
        for name, table in FRAMES.items():
            frame = padded(getattr(self, name), table)
            self._set(name, conclude[table](frame) if table in conclude else frame)
        self._set("covariate_balance", with_alike(self.covariate_balance))
        self._set("coaching_practice", with_gap(self.coaching_practice, self.arm_a, self.arm_b))
        self._set("practice_summary", practice_summary(self.coaching_practice, self.arm_a))
        until = self.cut.comparison_until or self.data_until
        around = dates_around(
            self.cut.counts_until, until, self.cut.next_on, self.published_at.date()
        )
        self._set("cut", replace(self.cut, **around))
        self._set("next_look", next_look(self.comparison, until))
        intake, set_aside = _counted(
            self.ingested_file.serialize(), self.quarantine_summary.serialize(), self.min_group
        )
        self._set("intake", intake)
        self._set("set_aside", set_aside)
        super().__post_init__()

    def _set(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)


def padded(frame: pl.DataFrame, table: str) -> pl.DataFrame:
    """The frame with every column of the contract; those that a world says nothing of are NULL."""
    empty = empty_frame(table)
    missing = [
        pl.lit(None, empty.schema[n]).alias(n) for n in empty.columns if n not in frame.columns
    ]
    return frame.with_columns(missing) if frame.columns else empty


@lru_cache(maxsize=64)
def _counted(files: bytes, aside: bytes, min_group: int) -> tuple[Intake, tuple[SetAside, ...]]:
    """What the pages' own queries count in the tables of the intake."""
    with open_warehouse(Path(":memory:")) as con:
        write(con, "quality.ingested_file", pl.DataFrame.deserialize(BytesIO(files)))
        write(con, "quality.quarantine_summary", pl.DataFrame.deserialize(BytesIO(aside)))
        return load_intake(con), load_set_aside(con, min_group)
