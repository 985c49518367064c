"""The one row of settings that the SQL models read beside the sources."""

from __future__ import annotations

import datetime as dt

import polars as pl

from pipelines.config.settings import Settings
from pipelines.contracts.sources import load_contracts
from pipelines.core.errors import DataRefusedError
from pipelines.core.warehouse import Connection, fetch_query, latest_date, write
from pipelines.disclosure.cut_record import make_plan


def write_study_setting(con: Connection, settings: Settings, today: dt.date) -> pl.DataFrame:
    """Write `staging.study_setting` (one row) and return it; also decide what tonight does.

    Comparisons go to ``data_until``, the day of the cut; counts to ``counts_until``, the end of the
    data: the latest date that any source reaches, but not after ``today``, because planned shifts
    and announced exits haven't happened yet. Raises `DataRefusedError` where no source has any
    date, so that no end of data exists.
    """
    counts_until = end_of_counts(con, settings, today)
    if counts_until is None:
        raise DataRefusedError("no accepted row of any source has a date; nothing to compare")
    plan = make_plan(con, settings, counts_until, today)
    setting = pl.DataFrame(
        {
            "arm_a": [settings.comparison.arm_a],
            "arm_b": [settings.comparison.arm_b],
            "data_until": [plan.comparison_until],
            "counts_until": [plan.counts_until],
            "time_zone": [settings.time_zone],
            "min_group": [settings.privacy.min_group],
            "min_coaches": [settings.privacy.min_coaches],
            "min_leavers": [settings.privacy.min_leavers],
            "is_exit_kind_open": [settings.privacy.exit_kind == "open"],
            "analyst_person_scores": [settings.privacy.analyst_person_scores],
        }
    )
    write(con, "staging.study_setting", setting)
    return setting


def end_of_counts(con: Connection, settings: Settings, today: dt.date) -> dt.date | None:
    """The last day that plain counts go to: the settings name a day for comparisons alone."""
    latest = _latest_date(con, today)
    return settings.data_until if latest is None else latest


def describe_end(con: Connection, counts_until: dt.date) -> str:
    """Which sources reach the end of the data, in a line for who ran the refresh."""
    reaching = [
        source.name
        for source in load_contracts().sources
        if latest_date(con, f"staging.{source.name}", source.date_column, until=counts_until)
        == counts_until
    ]
    return f"the data end on {counts_until}, by {', '.join(reaching) or 'the settings'}"


def describe_missing_arms(con: Connection) -> list[str]:
    """A warning for each kind of coaching that is compared and that nobody was coached in."""
    missing = fetch_query(con, "study/arm_without_sessions")["label"]
    return [
        f"warning    no session is of {label!r}, which [comparison] in settings.toml names: "
        "nothing can be compared until one is, or until the name there is that of the sessions"
        for label in missing
    ]


def end_of_data(con: Connection, settings: Settings, today: dt.date) -> dt.date | None:
    """The last day of data; None where it isn't declared and no source has any date."""
    if settings.data_until is not None:
        return settings.data_until
    return _latest_date(con, today)


def _latest_date(con: Connection, today: dt.date) -> dt.date | None:
    """The latest day up to today that any source reaches, None where there is none.

    Days to come (an announced exit or transfer, a planned shift) reach nothing.
    """
    latest = [
        latest_date(con, f"staging.{source.name}", source.date_column, until=today)
        for source in load_contracts().sources
    ]
    return max((day for day in latest if day is not None), default=None)
