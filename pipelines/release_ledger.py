"""The release ledger in the warehouse: `release_ledger.*`, private.

``contribution`` and ``cell`` say what the standing publication was made from
(`pipelines.privacy.ledger`), ``release`` which one that is. What a refresh is about to publish
stands beside them as ``next_*`` until the folders have changed places: a killed refresh leaves
either the old publication with the old ledger or, behind the swap, the new publication with
``next_*``, which the next refresh recognises and takes over.

Rows are about single people, by their pseudonym in ``agent_key``. Who erases a person deletes these
rows and calls `release_everything`, because the numbers without the person may not wait.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import polars as pl

from pipelines.changes import changed_estimates
from pipelines.contracts.tables import load_tables
from pipelines.contributions import read_contributions
from pipelines.outcomes.results import ALL_PEOPLE
from pipelines.outcomes.standing_parts import (
    PART,
    PART_TOGETHER,
    Part,
    read_together,
    together_of,
)
from pipelines.privacy.carrying import is_held
from pipelines.privacy.families import FOLLOWING
from pipelines.privacy.ledger import CELL_SCHEMA, LEDGER_SCHEMA, WAITING_SCHEMA
from pipelines.privacy.nights import (
    EVERYTHING_GOES_OUT,
    Decision,
    Ledger,
    after,
    dated,
    decide,
    to_publish,
)
from pipelines.settings import Privacy, Settings
from pipelines.warehouse import (
    Connection,
    fetch,
    fetch_value,
    read_published,
    read_published_tables,
    tables_with_columns,
    transaction,
    write,
)

SCHEMA = "release_ledger"
_IDENTITY = ("refresh_id", "started_at", "finished_at")
"""What tells one publication from every other."""
PARTS: Mapping[str, Iterable[str]] = {
    "contribution": LEDGER_SCHEMA,
    "cell": CELL_SCHEMA,
    "waiting": WAITING_SCHEMA,
    "release": ("release_id", "min_group", "min_coaches", "n_estimates_held", *_IDENTITY),
}
"""The tables and their columns; a ledger without all of them is none."""
ASKED_FOR = "everything_asked_for"
COMPARISON = "outcomes.comparison"
PARTS_READ_TOGETHER = "outcomes.segment_estimate"


def hold_back(
    con: Connection, settings: Settings, tonight: Mapping[str, pl.DataFrame], published: Path
) -> dict[str, pl.DataFrame]:
    """The rows to publish: those of ``tonight`` (suppressed, by table) that may replace old ones.

    Everything else stands as in the analysts' file ``published``. Writes what the ledger will say
    once these rows are published; `note_release` completes it.
    """
    ledger = _settled(con, read_published(con, published, "meta.refresh"))
    now = read_contributions(con, settings)
    decision = EVERYTHING_GOES_OUT
    if ledger is None:
        ledger = Ledger.empty()
    elif not _is_asked_for_everything(con):
        decision = decide(now, ledger, tonight, settings.privacy.min_group)
    data_until = fetch_value(con, "select data_until from staging.study_setting")
    released = to_publish(
        dated(tonight, data_until),
        read_published_tables(con, published, tonight),
        {table.full_name: table.key for table in load_tables()},
        decision.held,
        settings.privacy.min_group,
        hides_more=ledger.release_id > 0 and _is_floor_raised(con, settings.privacy),
    )
    held = _held_parts(released[COMPARISON], decision)
    if held:
        together = together_of(fetch(con, f"select * from outcomes.{PART_TOGETHER}"))
        released[PARTS_READ_TOGETHER] = read_together(released[COMPARISON], together, held)
    n_held = changed_estimates(tonight[COMPARISON], released[COMPARISON]).height
    _write_next(con, after(ledger, now, tonight, decision, data_until), settings.privacy, n_held)
    return released


def _held_parts(comparison: pl.DataFrame, decision: Decision) -> set[Part]:
    """The parts whose adjusted estimate stands as it was."""
    weighted = comparison.filter(pl.col("design") == "weighted", pl.col("segment") != ALL_PEOPLE)
    stands = is_held(weighted, FOLLOWING[COMPARISON], decision.held)
    return set(weighted.filter(stands).select(PART).iter_rows())


def note_release(con: Connection, refresh: pl.DataFrame) -> int:
    """Say which refresh (its row of `meta.refresh`) the next ledger belongs to.

    Returns how many estimates are held back in it.
    """
    noted = fetch(con, f"select * from {SCHEMA}.next_release")
    write(
        con,
        f"{SCHEMA}.next_release",
        pl.concat([noted, refresh.select(_IDENTITY)], how="horizontal"),
    )
    return int(noted["n_estimates_held"][0])


def confirm_release(con: Connection) -> None:
    """Let the next ledger take the place of the standing one; call it in a `transaction`."""
    for part in PARTS:
        con.execute(
            f"create or replace table {SCHEMA}.{part} as select * from {SCHEMA}.next_{part}"
        )
        con.execute(f"drop table {SCHEMA}.next_{part}")
    con.execute(f"drop table if exists {SCHEMA}.{ASKED_FOR}")


def release_everything(con: Connection) -> None:
    """Let the next publication advance every family, as an erased person's right demands.

    It counts until a publication has been made of it. What remains: whoever keeps the files of
    both nights can subtract what the erased person was, and all other changes of the night.
    """
    con.execute(f"create or replace table {SCHEMA}.{ASKED_FOR} as select now() as asked_at")


def _settled(con: Connection, published: pl.DataFrame | None) -> Ledger | None:
    """The ledger of the standing publication, after catching up with a swap that nobody noted.

    None where nothing stands published, or where nothing is known of what does.
    """
    if _is_complete(con, "next_") and _is_published(con, published):
        with transaction(con):
            confirm_release(con)
    for part in PARTS:
        con.execute(f"drop table if exists {SCHEMA}.next_{part}")
    if published is None or not _is_complete(con):
        return None
    return Ledger(
        fetch(con, f"select * from {SCHEMA}.contribution").cast(pl.Schema(LEDGER_SCHEMA)),
        fetch(con, f"select * from {SCHEMA}.cell").cast(pl.Schema(CELL_SCHEMA)),
        fetch(con, f"select * from {SCHEMA}.waiting").cast(pl.Schema(WAITING_SCHEMA)),
        int(fetch_value(con, f"select release_id from {SCHEMA}.release")),
    )


def _is_published(con: Connection, published: pl.DataFrame | None) -> bool:
    """Whether the next ledger's refresh stands among those of the publication."""
    pending = fetch(con, f"select * from {SCHEMA}.next_release")
    if published is None:
        return False
    on = list(_IDENTITY)
    return not published.select(on).join(pending.select(on), on=on, how="semi").is_empty()


def _is_floor_raised(con: Connection, privacy: Privacy) -> bool:
    """Whether groups that stand published may be too small for tonight's settings."""
    query = f"select min_group < ? or min_coaches < ? from {SCHEMA}.release"
    return bool(fetch_value(con, query, [privacy.min_group, privacy.min_coaches]))


def _write_next(con: Connection, ledger: Ledger, privacy: Privacy, n_held: int) -> None:
    """Write what the ledger says once tonight's rows are published."""
    release = pl.DataFrame(
        {
            "release_id": [ledger.release_id],
            "min_group": [privacy.min_group],
            "min_coaches": [privacy.min_coaches],
            "n_estimates_held": [n_held],
        }
    )
    with transaction(con):
        write(con, f"{SCHEMA}.next_contribution", ledger.contribution)
        write(con, f"{SCHEMA}.next_cell", ledger.cell)
        write(con, f"{SCHEMA}.next_waiting", ledger.waiting)
        write(con, f"{SCHEMA}.next_release", release)


def _is_complete(con: Connection, prefix: str = "") -> bool:
    """Whether the ledger, or with ``next_`` the one to come, is there as this version writes it."""
    found = tables_with_columns(con)
    return all(
        set(columns) == set(found.get(f"{SCHEMA}.{prefix}{part}", ()))
        for part, columns in PARTS.items()
    )


def _is_asked_for_everything(con: Connection) -> bool:
    return f"{SCHEMA}.{ASKED_FOR}" in tables_with_columns(con)
