"""Two small tables that the SQL models read beside the sources: settings and pseudonyms."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl

from pipelines.contracts.model import PERSON_COLUMNS, load_contracts
from pipelines.disclosure.cut_record import make_plan
from pipelines.errors import DataRefusedError
from pipelines.privacy.erasure_warehouse import follow_new_pseudonyms
from pipelines.privacy.pseudonyms import load_key, pseudonym_table
from pipelines.settings import Settings
from pipelines.warehouse import Connection, fetch, fetch_value, transaction, write


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
    plan = make_plan(con, settings, counts_until)
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
    latest = _latest_date(con)
    return settings.data_until if latest is None else min(latest, today)


def end_of_data(con: Connection, settings: Settings, today: dt.date) -> dt.date | None:
    """The last day of data; None where it isn't declared and no source has any date."""
    if settings.data_until is not None:
        return settings.data_until
    latest = _latest_date(con)
    return None if latest is None else min(latest, today)


def _latest_date(con: Connection) -> dt.date | None:
    """The latest date that any source reaches, None where there is none."""
    selects = " union all ".join(
        f"select max(cast({source.date_column} as date)) as latest_date from staging.{source.name}"
        for source in load_contracts().sources
    )
    latest: dt.date | None = fetch_value(con, f"select max(latest_date) from ({selects})")
    return latest


def write_pseudonyms(con: Connection, key_file: Path) -> int:
    """Write `staging.pseudonym` for every identifier of a person in any source.

    Where the key is another one than last time, what the last refresh left under the old
    pseudonyms follows. The key comes from the environment or from ``key_file``. Returns the number
    of people.
    """
    selects = " union ".join(
        f"select {column.name} as identifier from staging.{source.name}"
        for source in load_contracts().sources
        for column in source.columns
        if column.name in PERSON_COLUMNS
    )
    identifiers = fetch(
        con, f"select identifier from ({selects}) where identifier is not null"
    ).get_column("identifier")
    table = pseudonym_table(load_key(key_file), identifiers.to_list())
    with transaction(con):
        follow_new_pseudonyms(con, table)
        write(con, "staging.pseudonym", table)
    return table.height
