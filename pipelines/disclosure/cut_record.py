"""Which cut stands, as the warehouse keeps it, and what a night plans.

``disclosure.plan`` (one row) says what tonight does; ``disclosure.standing_cut`` what the standing
comparisons were made from, noted once they are published; ``disclosure.cut_request`` that somebody
asked for a new one. A cut that was begun and not published is made again, since its plan still says
why.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import Any, cast

import polars as pl

from pipelines.config.settings import Settings
from pipelines.contracts.sources import load_contracts
from pipelines.core.queries import statement
from pipelines.core.table_changes import drop_table
from pipelines.core.versions import code_version
from pipelines.core.warehouse import (
    Connection,
    fetch_query,
    has_table,
    latest_date,
    read_table,
    write,
)
from pipelines.disclosure.cut import (
    Cause,
    CurrentCut,
    Data,
    SourceCoverage,
    cause_of_cut,
    comparison_day,
    dates_around,
    next_cut,
)
from pipelines.disclosure.cut_basis import cut_basis

PLAN, STANDING, REQUEST = "disclosure.plan", "disclosure.standing_cut", "disclosure.cut_request"
PUBLISHED = "meta.cut"
"""What readers are told of the cut: one row."""
_DIGITS = 12
_SHOWN_ONLY = {"display", "events"}
"""Sections of the settings that no figure depends on."""


@dataclass(frozen=True)
class Plan:
    """What a night does: to which day counts and comparisons go, and why these are made anew.

    ``basis`` is the fingerprint of the data that it was planned on.
    """

    counts_until: dt.date
    comparison_until: dt.date
    cause: Cause | None
    basis: str | None = None

    @property
    def is_cut(self) -> bool:
        """Whether comparisons are made tonight."""
        return self.cause is not None


def make_plan(con: Connection, settings: Settings, until: dt.date, today: dt.date) -> Plan:
    """Decide what tonight does, and write it down.

    ``until`` is the end of the data, ``today`` the day of the refresh. Needs the staged sources.
    """
    day = comparison_day(_data(con, until), settings.privacy, settings.data_until)
    cause = cause_tonight(con, settings, until, today)
    current = read_current_cut(con)
    if current is not None and cause is None:
        day = current.until
    plan = Plan(until, day, cause, cut_basis(con, today))
    write(con, PLAN, pl.DataFrame([plan.__dict__], schema=_PLAN_SCHEMA, orient="row"))
    return plan


def cause_tonight(
    con: Connection, settings: Settings, until: dt.date, today: dt.date
) -> Cause | None:
    """Say why comparisons would be made anew now; None if they are kept. Changes nothing."""
    day = comparison_day(_data(con, until), settings.privacy, settings.data_until)
    requested = _cause_in(con, REQUEST) or _cause_in(con, PLAN)
    versions = (settings_version(settings), code_version())
    current = read_current_cut(con)
    basis = cut_basis(con, today) if settings.privacy.cut == "none" else None
    return cause_of_cut(day, current, versions, settings.privacy, requested, basis)


def read_plan(con: Connection) -> Plan:
    """What `make_plan` wrote tonight."""
    return Plan(**read_table(con, PLAN).row(0, named=True))


def is_cut(con: Connection) -> bool:
    """Whether comparisons are made tonight; outside of a refresh, whether the last one did."""
    return not has_table(con, PLAN) or read_plan(con).is_cut


def request_cut(con: Connection, cause: Cause) -> None:
    """Ask for a new cut at the next refresh; it counts until that is published."""
    write(con, REQUEST, pl.DataFrame({"cause": [cause]}))


def write_published_cut(con: Connection, settings: Settings, made_at: dt.datetime) -> None:
    """Write `PUBLISHED`: the cut that is current once tonight's publication is."""
    plan = read_plan(con)
    if plan.is_cut:
        cause, made = plan.cause, made_at.astimezone(dt.UTC).replace(tzinfo=None, microsecond=0)
    else:
        cause, made = read_table(con, STANDING).select("cause", "made_at").row(0)
    row: dict[str, Any] = {
        "counts_until": plan.counts_until,
        "comparison_until": plan.comparison_until,
        "next_cut_on": _next_cut(plan, settings),
        "cause": cause,
        "made_at": made,
    }
    published_on = made_at.astimezone(settings.zone).date()
    row |= dates_around(plan.counts_until, plan.comparison_until, row["next_cut_on"], published_on)
    write(con, PUBLISHED, pl.DataFrame([row], schema=_PUBLISHED_SCHEMA, orient="row"))


def _next_cut(plan: Plan, settings: Settings) -> dt.date | None:
    """When the next comparison may be made; never by itself where the settings name its day."""
    if settings.data_until is not None:
        return None
    return next_cut(plan.comparison_until, settings.privacy)


def confirm_cut(con: Connection, settings: Settings) -> None:
    """Make tonight's cut the current one, after the swap; call it in a `transaction`."""
    plan = read_plan(con)
    if not plan.is_cut:
        return
    noted = read_table(con, PUBLISHED).select(
        pl.col("comparison_until").alias("until"),
        "cause",
        "made_at",
        settings_version=pl.lit(settings_version(settings)),
        code_version=pl.lit(code_version()),
        basis=pl.lit(plan.basis, pl.String),
    )
    write(con, STANDING, noted)
    con.execute(statement("refresh/forget_cause", plan=PLAN))
    drop_table(con, REQUEST)


def read_current_cut(con: Connection) -> CurrentCut | None:
    """Read the cut that is published; None before the first."""
    if not has_table(con, STANDING):
        return None
    current = read_table(con, STANDING).row(0, named=True)
    known = ("until", "settings_version", "code_version", "basis")
    return CurrentCut(**{name: current[name] for name in known if name in current})


def settings_version(settings: Settings) -> str:
    """A fingerprint of the settings that figures depend on."""
    content = settings.model_dump_json(exclude=_SHOWN_ONLY)
    return hashlib.sha256(content.encode()).hexdigest()[:_DIGITS]


def _data(con: Connection, until: dt.date) -> Data:
    """How far the sources go, as they are staged."""
    required = []
    for source in load_contracts().sources:
        if source.required:
            # Days to come reach nothing.
            latest = latest_date(con, f"staging.{source.name}", source.date_column, until=until)
            required.append(SourceCoverage(latest, source.expected_days))
    return Data(fetch_query(con, "cut/first_session").item(), until, required)


def _cause_in(con: Connection, table: str) -> Cause | None:
    """The cause that stands in a table of one row; None without the table."""
    if not has_table(con, table):
        return None
    return cast(Cause | None, read_table(con, table)["cause"].item())


_PLAN_SCHEMA = {
    "counts_until": pl.Date(),
    "comparison_until": pl.Date(),
    "cause": pl.String(),
    "basis": pl.String(),
}
_PUBLISHED_SCHEMA = {
    "counts_until": pl.Date(),
    "comparison_until": pl.Date(),
    "next_cut_on": pl.Date(),
    "waits_for": pl.Date(),
    "quarter_later_on": pl.Date(),
    "is_whole_month": pl.Boolean(),
    "data_age_days": pl.Int64(),
    "is_long_ago": pl.Boolean(),
    "cause": pl.String(),
    "made_at": pl.Datetime("us"),
}
