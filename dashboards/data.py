"""What one publication's pages are made from: frames and a few facts, nothing to query."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

import polars as pl

from dashboards.frames import FRAMES, empty, require_columns
from dashboards.number_format import Notation
from pipelines.config.settings import Privacy, RecordAge
from pipelines.core.rounding import COARSER_IN_PARTS


@dataclass(frozen=True)
class Takeaways:
    """The PDF and the pictures beside the pages, by their paths; or why they are missing.

    ``made_in`` is the publication that they are of, where it is an earlier one.
    """

    files: tuple[str, ...] = ()
    missing: str = "they are made when the pages are published"
    made_in: str = ""


@dataclass(frozen=True)
class Cut:
    """Up to when the figures go, as in ``meta.cut``.

    Facts and deliveries are told up to ``counts_until``, comparisons up to ``comparison_until``
    until the cut ``next_on``, which waits for the data to reach ``waits_for``. ``cause`` is why the
    comparisons were made when they were. The others are as in ``meta.cut``.
    """

    counts_until: date | None = None
    comparison_until: date | None = None
    next_on: date | None = None
    cause: str = "month_end"
    quarter_later_on: date | None = None
    waits_for: date | None = None
    is_whole_month: bool = True
    data_age_days: int | None = None
    is_long_ago: bool = False


@dataclass(frozen=True)
class Headcount:
    """The plain fact of the night: agents employed.

    None stands for fewer than the smallest group; no agent ever is ``is_anybody`` being False.
    """

    n_employed: int | None = None
    is_anybody: bool = False


@dataclass(frozen=True)
class Intake:
    """The files that were taken, their rows, and how many of these were set aside (0-1)."""

    n_files: int = 0
    n_rows: int = 0
    n_set_aside: int = 0
    share_set_aside: float = 0.0


@dataclass(frozen=True)
class Event:
    """Something that began on a day, as the settings name it."""

    label: str
    day: date


@dataclass(frozen=True)
class SetAside:
    """How many rows of a source broke a rule in a column; small answers stand under one name."""

    source: str
    rule: str
    column_name: str
    n_rows: int


@dataclass(frozen=True)
class WaitingRows:
    """How many rows of a source can't count yet, and why; they count by themselves later."""

    source: str
    reason: str
    n_rows: int


@dataclass(frozen=True)
class SiteData:
    """Everything the dashboards show.

    The frames carry the columns of the published tables of the same name (`dashboards.frames`);
    fractions are 0-1.
    What a NULL means is told by the row's ``status`` (`pipelines.core.status`), never by the
    wording of its ``reason``.

    ``published_at`` is an aware moment, or a naive one already in ``time_zone``.
    ``missing_sources`` are the landing sources from which nothing has been delivered.
    ``check_labels`` says what ``table.check`` promises.
    ``publication`` counts the publications, this one included; ``first_entry`` is when the first
    person entered the comparison, of which pages tell the month.
    ``changes`` is how many estimates moved since the last publication; None for the first one.
    ``estimate_change`` has a row for each, ``data_change`` what came in since.
    ``assignment`` says whether a lottery decided who was coached how; the comparison's headline
    is then called weighted here, and the weighted design reweighted (`dashboards.load`).
    ``pooled_sites`` are the sites whose own rows would tell of one that few people were ever at.
    ``min_group`` and the like are the limits of the settings' section on privacy.
    ``stamp`` and ``cut_told`` stand for the publication's number and day, and for up to when its
    figures go, while a page is drawn to be kept.
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
    n_sites: int | None = None
    pooled_sites: tuple[str, ...] = ()
    notation: Notation = field(default_factory=Notation)
    min_coaches: int = Privacy().min_coaches
    analyst_person_scores: bool = Privacy().analyst_person_scores
    retention_years: int = RecordAge().years
    k_anonymity: pl.DataFrame = field(default_factory=empty("k_anonymity"))
    missing_sources: tuple[str, ...] = ()
    changes: int | None = None
    estimate_change: pl.DataFrame = field(default_factory=empty("estimate_change"))
    data_change: pl.DataFrame = field(default_factory=empty("data_change"))
    part_grade: pl.DataFrame = field(default_factory=empty("part_grade"))
    claim: pl.DataFrame = field(default_factory=empty("claim"))
    claim_estimate: pl.DataFrame = field(default_factory=empty("claim_estimate"))
    sensitivity: pl.DataFrame = field(default_factory=empty("sensitivity"))
    credibility: pl.DataFrame = field(default_factory=empty("credibility"))
    credibility_check: pl.DataFrame = field(default_factory=empty("credibility_check"))
    segment_estimate: pl.DataFrame = field(default_factory=empty("segment_estimate"))
    worth: pl.DataFrame = field(default_factory=empty("worth"))
    anytime_interval: pl.DataFrame = field(default_factory=empty("anytime_interval"))
    instrument: pl.DataFrame = field(default_factory=empty("instrument"))
    event_study: pl.DataFrame = field(default_factory=empty("event_study"))
    next_look: pl.DataFrame = field(default_factory=empty("next_look"))
    trend: pl.DataFrame = field(default_factory=empty("trend"))
    site_leaving: pl.DataFrame = field(default_factory=empty("site_leaving"))
    exit_reason: pl.DataFrame = field(default_factory=empty("exit_reason"))
    regretted_exit: pl.DataFrame = field(default_factory=empty("regretted_exit"))
    hire_quarter: pl.DataFrame = field(default_factory=empty("hire_quarter"))
    practice_summary: pl.DataFrame = field(default_factory=empty("practice_summary"))
    coaching_practice: pl.DataFrame = field(default_factory=empty("coaching_practice"))
    style_agreement: pl.DataFrame = field(default_factory=empty("style_agreement"))
    rater_agreement: pl.DataFrame = field(default_factory=empty("rater_agreement"))
    takeaways: Takeaways = Takeaways()
    publication: int | None = None
    first_entry: date | None = None
    cut: Cut = Cut()
    headcount: Headcount = Headcount()
    intake: Intake = Intake()
    set_aside: tuple[SetAside, ...] = ()
    waiting: tuple[WaitingRows, ...] = ()
    assignment: str = "observed"
    min_leavers: int = Privacy().min_leavers
    grid: int = Privacy().grid
    grid_confidential: int = Privacy().grid_confidential
    exit_kind: str = Privacy().exit_kind
    events: tuple[Event, ...] = ()
    stamp: str = ""
    cut_told: str = ""

    def __post_init__(self) -> None:
        """Refuse a frame that lacks a column of its contract: pages read columns, never guess."""
        for name in FRAMES:
            require_columns(name, getattr(self, name))

    @property
    def horizon(self) -> int:
        """The longest horizon, which pages lead with."""
        return max(self.horizon_days, default=365)

    @property
    def cautious_outcomes(self) -> frozenset[str]:
        """The outcomes whose data are to be read with caution."""
        cautious = self.outcome_grade.filter(pl.col("grade") == "with_caution")
        return frozenset(cautious["outcome"].to_list())

    @property
    def kinds_step(self) -> int:
        """To how many people numbers of leavers of a kind are rounded; 0 where they are exact."""
        return 0 if self.exit_kind == "open" else self.grid

    @property
    def kinds_step_of_parts(self) -> int:
        """To the weight of how many people how a part left is rounded; 0 where it is exact."""
        return self.kinds_step * COARSER_IN_PARTS

    def is_ahead(self, day: date) -> bool:
        """Whether a day lies after the publication, so that a reader can still wait for it."""
        return day > self.published_at.date()
