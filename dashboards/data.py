"""What one publication's pages are made from: frames and a few facts, nothing to query."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime

import polars as pl

from dashboards.number_format import Notation
from pipelines.config.settings import Privacy, RecordAge

WITHOUT_STATUS = frozenset(
    {
        "ingested_file",
        "freshness",
        "check_result",
        "quarantine_summary",
        "k_anonymity",
        "estimate_change",
        "data_change",
    }
)
"""Frames whose rows are never hidden; every other one says in ``status`` what can be read."""


@dataclass(frozen=True)
class Takeaways:
    """The PDF and the pictures beside the pages, by their paths; or why they are missing."""

    files: tuple[str, ...] = ()
    missing: str = "they are made when the pages are published"


@dataclass(frozen=True)
class Cut:
    """Up to when the figures go, as in ``meta.cut``.

    Facts and deliveries are told up to ``counts_until``, comparisons up to ``comparison_until``
    until the cut ``next_on``. ``cause`` is why the comparisons were made when they were.
    """

    counts_until: date | None = None
    comparison_until: date | None = None
    next_on: date | None = None
    cause: str = "month_end"


@dataclass(frozen=True)
class Headcount:
    """Plain facts of the night: agents employed, and agents who have left since records begin."""

    n_employed: int = 0
    n_left: int = 0


@dataclass(frozen=True)
class SiteData:
    """Everything the dashboards show.

    The frames carry the columns of the published tables of the same name; fractions are 0-1.
    What a NULL means is told by the row's ``status`` (`pipelines.core.status`), never by the
    wording of its ``reason``.

    ``published_at`` is an aware moment, or a naive one already in ``time_zone``.
    ``missing_sources`` are the landing sources from which nothing has been delivered.
    ``check_labels`` says what ``table.check`` promises; ``survey_facts`` are the columns of the
    fatigue surveys that hold no answer.
    ``publication`` counts the publications, this one included; ``first_entry`` is when the first
    person entered the comparison, of which pages tell the month.
    ``changes`` is how many estimates moved since the last publication; None for the first one.
    ``estimate_change`` has a row for each, ``data_change`` what came in since.
    ``min_group`` and the like are the limits of the settings' section on privacy.
    """

    comparison: pl.DataFrame
    retention_curve: pl.DataFrame
    covariate_balance: pl.DataFrame
    weight_summary: pl.DataFrame
    trial_flow: pl.DataFrame
    ingested_file: pl.DataFrame
    freshness: pl.DataFrame
    check_result: pl.DataFrame
    quarantine_summary: pl.DataFrame
    outcome_grade: pl.DataFrame
    outcome_problem: pl.DataFrame
    response_rate: pl.DataFrame
    arm_a: str
    arm_b: str
    horizon_days: tuple[int, ...]
    data_until: date | None
    published_at: datetime
    time_zone: str
    min_group: int
    covariate_labels: Mapping[str, str] = field(default_factory=dict)
    outcome_labels: Mapping[str, str] = field(default_factory=dict)
    check_labels: Mapping[str, str] = field(default_factory=dict)
    survey_facts: frozenset[str] = frozenset()
    n_sites: int | None = None
    notation: Notation = field(default_factory=Notation)
    min_coaches: int = Privacy().min_coaches
    analyst_person_scores: bool = Privacy().analyst_person_scores
    retention_years: int = RecordAge().years
    k_anonymity: pl.DataFrame = field(default_factory=pl.DataFrame)
    missing_sources: tuple[str, ...] = ()
    changes: int | None = None
    estimate_change: pl.DataFrame = field(default_factory=pl.DataFrame)
    data_change: pl.DataFrame = field(default_factory=pl.DataFrame)
    part_grade: pl.DataFrame = field(default_factory=pl.DataFrame)
    claim: pl.DataFrame = field(default_factory=pl.DataFrame)
    claim_estimate: pl.DataFrame = field(default_factory=pl.DataFrame)
    sensitivity: pl.DataFrame = field(default_factory=pl.DataFrame)
    segment_estimate: pl.DataFrame = field(default_factory=pl.DataFrame)
    worth: pl.DataFrame = field(default_factory=pl.DataFrame)
    anytime_interval: pl.DataFrame = field(default_factory=pl.DataFrame)
    instrument: pl.DataFrame = field(default_factory=pl.DataFrame)
    event_study: pl.DataFrame = field(default_factory=pl.DataFrame)
    coaching_practice: pl.DataFrame = field(default_factory=pl.DataFrame)
    style_agreement: pl.DataFrame = field(default_factory=pl.DataFrame)
    rater_agreement: pl.DataFrame = field(default_factory=pl.DataFrame)
    takeaways: Takeaways = Takeaways()
    publication: int | None = None
    first_entry: date | None = None
    cut: Cut = Cut()
    headcount: Headcount = Headcount()
    min_leavers: int = Privacy().min_leavers
    grid: int = Privacy().grid
    grid_confidential: int = Privacy().grid_confidential
    exit_kind: str = Privacy().exit_kind

    def __post_init__(self) -> None:
        """Refuse a frame that doesn't say which of its rows can be read."""
        for each in fields(self):
            frame = getattr(self, each.name)
            if not isinstance(frame, pl.DataFrame) or each.name in WITHOUT_STATUS:
                continue
            if frame.columns and "status" not in frame.columns:
                raise ValueError(f"{each.name} has no column status, so nothing of it can be read")
