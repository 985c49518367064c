"""Every released table of an analysts' file held against the promise, recounted from the rows.

A rounded figure must be a multiple of its step, a step must be that of the people behind it, a
count must be 0 or reach its floor, and a suppressed row must have no figure at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import polars as pl

from pipelines.contracts.claims import load_claims
from pipelines.contracts.tables import published_tables
from pipelines.core.warehouse import fetch, open_warehouse
from pipelines.disclosure.check import small_counts
from pipelines.disclosure.confidentiality import KINDS_OF_EXIT, Protection
from pipelines.disclosure.months import MONTH_TABLES
from pipelines.disclosure.released import RELEASED

Tables = Mapping[str, pl.DataFrame]
TOLERANCE = 1e-5
"""In steps; multiples are written with twelve decimals."""
TIMES_IN_PARTS = 2
"""How many times as coarsely ways of leaving are told of a part as of everybody."""
EXITS = ("voluntary_exit", "involuntary_exit", "any_exit")
FINE = ("std_error", "conf_low", "conf_high")
SETTINGS = ("horizon_days", "conf_level", "no_difference", "min_f_statistic", "position", "n_tests",
            "n_pooled", "pooled_mean", "between_sd", "between_sd_low", "between_sd_high",
            "heterogeneity_p", "heterogeneity_p_adjusted", "rounding", "rounding_a",
            "rounding_b", "pre_trend_p_value", "adjusted_p_value", "n_estimates")  # fmt: skip
"""Numbers that say nothing of the row's own people: they may stand beside a suppressed one."""
ROUNDED_MEANS = (
    "unplanned_absence_rate", "mean_emotional_exhaustion_0_100", "csat_mean_1_5", "handle_seconds",
    "first_contact_resolution", "unplanned_absence_hours", "sick_hours",
)  # fmt: skip
PEOPLE = ("n_people", "n_people_a", "n_people_b", "at_risk", "n_answered", "n_survey_respondents",
          "n_opening", "n_closing", "n_hired", "n_recorded")  # fmt: skip
COACHES = ("n_coaches", "n_coaches_a", "n_coaches_b", "n_coaches_compared")
WORDS = ("reason", "reading", "label", "detail", "wording", "expected", "description", "text")


def released_tables(analytics: Path) -> dict[str, pl.DataFrame]:
    """Read what disclosure control released, and the other tables that aren't about one person."""
    names = [
        table.full_name
        for table in published_tables()
        if table.full_name in RELEASED or table.schema_name in ("quality", "meta")
    ]
    with open_warehouse(analytics, read_only=True) as con:
        return {name: fetch(con, f"select * from {name}") for name in names}


def table_breaches(tables: Tables, protection: Protection) -> Iterator[str]:
    """Say what is wrong with which table; numbers are steps and floors, never figures."""
    yield from _comparison(tables["outcomes.comparison"], protection)
    yield from _curve(tables["outcomes.retention_curve"], protection)
    yield from _by_their_rounding(tables, protection)
    yield from _tests(tables, protection)
    yield from _claims(tables, protection)
    yield from _answers(tables, protection)
    yield from _team_month("marts.team_month", tables["marts.team_month"], protection)
    for name in MONTH_TABLES:
        yield from _team_month(name, tables[name], protection)
        yield from _edge_month(name, tables[name], protection)
    yield from _leavers(tables, protection)
    yield from _steps("outcomes.trial_flow", tables["outcomes.trial_flow"], protection)
    for name, frame in tables.items():
        if name in RELEASED:
            yield from _floors(name, frame, protection)
            yield from _suppressed(name, frame)
        yield from _words(name, frame, protection)


def off_grid(values: pl.Expr, step: pl.Expr) -> pl.Expr:
    """Whether a value isn't a multiple of a step, or has none."""
    multiple = values / step
    is_off = (multiple - multiple.round()).abs() > TOLERANCE * multiple.abs().clip(1.0)
    return values.is_not_null() & (step.is_null() | is_off)


def _told(name: str, frame: pl.DataFrame, wrong: pl.Expr, what: str) -> Iterator[str]:
    n = frame.filter(wrong.fill_null(value=False)).height
    if n:
        yield f"{name}: {what} ({n} rows)"


def _comparison(frame: pl.DataFrame, protection: Protection) -> Iterator[str]:
    name = "outcomes.comparison"
    is_fact = pl.col("confidentiality") == "fact"
    yield from _told(
        name,
        frame,
        pl.col("confidentiality").is_null()
        | (pl.col("outcome").is_in(["voluntary_exit", "involuntary_exit"]) & is_fact)
        & (not protection.is_exit_kind_open),
        "class isn't that of the outcome",
    )
    is_kind_of_part = pl.col("outcome").is_in(KINDS_OF_EXIT) & (pl.col("segment") != "all")
    classed = frame.filter(~is_fact).with_columns(is_kind_of_part=is_kind_of_part)
    for (kind, is_coarser), own in classed.group_by(["confidentiality", "is_kind_of_part"]):
        base = protection.base(str(kind)) * (TIMES_IN_PARTS if is_coarser else 1)
        for column in ("value_a", "value_b", "estimate"):
            step = pl.col(f"rounding{column.removeprefix('value').removeprefix('estimate')}")
            yield from _told(name, own, off_grid(pl.col(column), step), f"{column} is off its grid")
        for column in FINE:
            fine = off_grid(pl.col(column), pl.col("rounding") / 10)
            yield from _told(name, own, fine, f"{column} is off its grid")
        counts = ["n_events_a", "n_events_b"]
        yield from _multiples(name, own, counts, base)
        scored = own.filter(~pl.col("outcome").is_in(EXITS))
        yield from _multiples(name, scored, ["n_people_a", "n_people_b"], base)
    shares = frame.filter(
        pl.col("outcome").is_in(EXITS), ~is_fact, pl.col("estimand") == "risk_difference"
    )
    times = pl.when(is_kind_of_part).then(TIMES_IN_PARTS).otherwise(1)
    for arm in "ab":
        step = protection.base("restricted") * times / pl.col(f"n_people_{arm}")
        wrong = (pl.col(f"rounding_{arm}") / step - 1).abs() > TOLERANCE
        yield from _told(name, shares, wrong, f"rounding_{arm} isn't the weight of the grid")


def _multiples(name: str, frame: pl.DataFrame, columns: list[str], base: int) -> Iterator[str]:
    for column in columns:
        yield from _told(name, frame, pl.col(column) % base != 0, f"{column} is no multiple")


def _curve(frame: pl.DataFrame, protection: Protection) -> Iterator[str]:
    base = protection.base(protection.class_of(KINDS_OF_EXIT[0]))
    if not base:
        return
    keys = ["design", "segment", "segment_value", "arm"]
    at_start = pl.col("at_risk").sort_by("day").first().over(keys)
    kinds = ("voluntary_exit", "involuntary_exit")
    finer_by_end = {"": 1, "_std_error": 2, "_conf_low": 10, "_conf_high": 10}
    columns = {f"{kind}{end}": finer for kind in kinds for end, finer in finer_by_end.items()}
    for name, finer in {**columns, "other_exit": 1}.items():
        wrong = off_grid(pl.col(name), base / at_start / finer)
        yield from _told("outcomes.retention_curve", frame, wrong, f"{name} is off its grid")


def _by_their_rounding(tables: Tables, protection: Protection) -> Iterator[str]:
    """Tables whose rows name the step; of outcomes that are no fact each must have one."""
    figures = {
        "outcomes.event_study": ("estimate",),
        "outcomes.instrument": ("first_stage",),
        "outcomes.covariate_balance": ("smd_before", "smd_after"),
        "outcomes.segment_estimate": ("estimate",),
    }
    for name, columns in figures.items():
        frame = tables[name]
        if "outcome" in frame.columns:
            is_fact = [protection.base(protection.class_of(each)) == 0 for each in frame["outcome"]]
        else:
            bases = [protection.base(protection.class_of_covariate(c)) for c in frame["covariate"]]
            is_fact = [base == 0 for base in bases]
        own = frame.filter(~pl.Series(is_fact, dtype=pl.Boolean))
        for column in columns:
            wrong = off_grid(pl.col(column), pl.col("rounding"))
            yield from _told(name, own, wrong, f"{column} is off its grid")
        for column in (each for each in FINE if each in frame.columns):
            wrong = off_grid(pl.col(column), pl.col("rounding") / 10)
            yield from _told(name, own, wrong, f"{column} is off its grid")


def _tests(tables: Tables, protection: Protection) -> Iterator[str]:
    """Of each test of parts or of trends one p-value, rounded, and one figure of what all say."""
    if not protection.grid:
        return
    groups = {
        "outcomes.segment_estimate": (
            ("heterogeneity_p", "heterogeneity_p_adjusted", "pooled_mean",
             "between_sd", "between_sd_low", "between_sd_high"),
            ["segment", "outcome", "horizon_days"],
        ),
        "outcomes.event_study": (("pre_trend_p_value",), ["training", "outcome"]),
    }  # fmt: skip
    for name, (columns, together) in groups.items():
        frame = tables[name]
        is_fact = [protection.base(protection.class_of(each)) == 0 for each in frame["outcome"]]
        own = frame.filter(~pl.Series(is_fact, dtype=pl.Boolean))
        for column in columns:
            two = pl.col(column).drop_nulls().n_unique().over(together) > 1
            yield from _told(name, own, two, f"{column} is told in two ways")
            if "_p" in column:
                long = (pl.col(column) * 1e3 - (pl.col(column) * 1e3).round()).abs() > TOLERANCE
                yield from _told(name, own, long, f"{column} isn't rounded")


def _claims(tables: Tables, protection: Protection) -> Iterator[str]:
    name = "outcomes.claim_estimate"
    is_worth = pl.col("estimator") == "worth"
    worth = tables[name].filter(is_worth, pl.col("estimate").is_not_null())
    unlike = ~pl.col("estimate").is_in(tables["outcomes.worth"]["value"].drop_nulls().implode())
    yield from _told(name, worth, unlike, "isn't what outcomes.worth makes of rounded figures")
    frame = tables[name].filter(~is_worth)
    specs = {(c.claim, each.name): each for c in load_claims() for each in c.estimates}
    bases = [
        protection.base(protection.class_of_claim(specs[row]))
        for row in frame.select("claim", "estimate_name").iter_rows()
    ]
    classed = frame.with_columns(base=pl.Series(bases, dtype=pl.Int64))
    own = classed.filter(pl.col("base") > 0)
    is_off = off_grid(pl.col("estimate"), pl.col("rounding"))
    yield from _told(name, own, is_off, "estimate is off its grid")
    is_whole = (pl.col("estimator") == "headline") & pl.col("outcome").is_in(EXITS)  # a fact
    finer = (pl.col("n_people") % pl.col("base") != 0) & ~is_whole
    yield from _told(name, own, finer, "n_people is no multiple")
    for column in FINE:
        wrong = off_grid(pl.col(column), pl.col("rounding") / 10)
        yield from _told(name, own, wrong, f"{column} is off its grid")


def _answers(tables: Tables, protection: Protection) -> Iterator[str]:
    base = protection.base("confidential")
    rates = tables["quality.response_rate"]
    yield from _multiples("quality.response_rate", rates, ["n_answered"], base)
    wrong = off_grid(pl.col("response_rate"), base / pl.col("n_people"))
    yield from _told("quality.response_rate", rates, wrong, "response_rate is off its grid")
    counts = [name for name in tables["quality.instrument_scale"].columns if name.startswith("n_")]
    scale = tables["quality.instrument_scale"]
    yield from _multiples("quality.instrument_scale", scale, counts, base)


def _team_month(name: str, frame: pl.DataFrame, protection: Protection) -> Iterator[str]:
    kinds = protection.base(protection.class_of("voluntary_exit"))
    if kinds:
        yield from _multiples(name, frame, ["n_voluntary_exits", "n_involuntary_exits"], kinds)
    yield from _multiples(name, frame, ["n_survey_respondents"], protection.base("confidential"))
    for column in ROUNDED_MEANS:
        if column in frame.columns:
            exact = pl.col(column)
            long = (exact * 1e8 - (exact * 1e8).round()).abs() > 1e-2
            yield from _told(name, frame, long, f"{column} isn't rounded")


def _edge_month(name: str, frame: pl.DataFrame, protection: Protection) -> Iterator[str]:
    """Of a group that begins or ends a month with nobody only facts are told."""
    is_edge = (pl.col("n_opening") == 0) | (pl.col("n_closing") == 0)
    told = [pl.col(each).is_not_null() for each in ("unplanned_absence_rate", "csat_mean_1_5")]
    told.append(pl.col("mean_emotional_exhaustion_0_100").is_not_null())
    if not protection.is_exit_kind_open:
        told.append((pl.col("n_exits") > 0) & pl.col("n_voluntary_exits").is_not_null())
    breach = is_edge & pl.any_horizontal(told)
    yield from _told(
        name, frame, breach, "more than facts of a month that nobody began or ended in"
    )


def _leavers(tables: Tables, protection: Protection) -> Iterator[str]:
    """Why people left is counted as coarsely as how, and what HR thought of it at least so."""
    kinds = protection.base(protection.class_of("voluntary_exit"))
    if kinds:
        yield from _multiples("marts.exit_reason", tables["marts.exit_reason"], ["n_exits"], kinds)
    if protection.grid:
        marks = "marts.regretted_exit"
        columns = ["n_recorded", "n_regretted"]
        yield from _multiples(marks, tables[marks], columns, protection.base("restricted"))


def _floors(name: str, frame: pl.DataFrame, protection: Protection) -> Iterator[str]:
    floors = dict.fromkeys(PEOPLE, protection.min_group)
    floors |= dict.fromkeys(COACHES, protection.min_coaches)
    for column in (each for each in floors if each in frame.columns):
        few = pl.col(column).is_between(1, floors[column] - 1)
        yield from _told(name, frame, few, f"{column} is under its floor")


def _suppressed(name: str, frame: pl.DataFrame) -> Iterator[str]:
    if "status" not in frame.columns or name == "outcomes.trial_flow":
        return
    (table,) = [each for each in published_tables() if each.full_name == name]
    figures = [
        column
        for column, kind in frame.schema.items()
        if kind.is_numeric() and column not in (*table.key, *SETTINGS)
    ]
    for column in figures:
        wrong = (pl.col("status") == "suppressed") & pl.col(column).is_not_null()
        yield from _told(name, frame, wrong, f"{column} stands in a suppressed row")


def _steps(name: str, frame: pl.DataFrame, protection: Protection) -> Iterator[str]:
    """The steps that are shown differ by nobody or by enough people."""
    shown = frame.sort("step_number").filter(pl.col("n_people").is_not_null())
    for column, fewer in (("n_people", -pl.col("n_people").diff()), ("n_left", pl.col("n_left"))):
        few = fewer.is_between(1, protection.min_group - 1)
        yield from _told(name, shown, few, f"{column} tells of a few people")


def _words(name: str, frame: pl.DataFrame, protection: Protection) -> Iterator[str]:
    texts = {
        text
        for column in WORDS
        if column in frame.columns and frame.schema[column] == pl.String
        for text in frame[column].drop_nulls().unique().to_list()
    }
    for text in sorted(texts):
        for count in small_counts(text, protection):
            yield f"{name}: a text tells of {count!r}: {text}"
