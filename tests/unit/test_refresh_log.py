"""The refresh log tells whether the data are the same, and nothing to guess a delivery by."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from pathlib import Path

import polars as pl

from pipelines.config.settings import Settings, parse_settings
from pipelines.contracts.tables import published_tables
from pipelines.core.versions import data_version
from pipelines.core.warehouse import Connection, fetch, open_warehouse
from pipelines.release.refresh_log import begin, current_data_version, data_changes, end, settle
from tests.unit.ingest.landing import NOW, Landing, landing

SHIFTS = "employee_id,shift_date,scheduled_hours,absent_hours,absence_type\n"
SETTINGS = Settings()


def _shift(absent: str) -> str:
    return f"{SHIFTS}E1,2024-01-01,8,{absent},sick\n"


def _logged(con: Connection) -> list[str]:
    log = fetch(con, "select data_version from meta.refresh order by refresh_id")
    return log["data_version"].to_list()


def _guesses(known: list[str]) -> set[str]:
    """Every version without a key, where all but the hours of one row are known."""
    hashes = [hashlib.sha256(_shift(hours).encode()).hexdigest() for hours in known]
    return {data_version([("shifts", sha256)], SETTINGS.model_dump_json()) for sha256 in hashes}


def _with(place: Landing, absent: str) -> str:
    place.drop("a.csv", _shift(absent))
    place.refresh()
    return current_data_version(place.con, SETTINGS)


def test_a_one_row_delivery_is_not_found_by_trying(tmp_path: Path) -> None:
    hours = [f"{number / 10:g}" for number in range(81)]
    with landing(tmp_path, "shifts") as place:
        version = _with(place, "3.5")
        found = fetch(place.con, "select source, sha256 from ledger.file").rows()
        assert data_version(found, SETTINGS.model_dump_json()) in _guesses(hours), (
            "the attack works without a key"
        )
        assert version not in {guess[: len(version)] for guess in _guesses(hours)}
        assert not any(guess in version for guess in _guesses(hours))


def test_the_same_data_have_the_same_version_and_others_another(tmp_path: Path) -> None:
    with landing(tmp_path, "shifts") as place:
        first = _with(place, "3.5")
        assert current_data_version(place.con, SETTINGS) == first
        other = parse_settings({"privacy": {"min_group": 11}})
        assert current_data_version(place.con, other) != first
        assert _with(place, "4") != first


def test_every_warehouse_has_a_key_of_its_own_that_outlasts_it_being_closed(tmp_path: Path) -> None:
    versions = []
    for name in ("one", "two", "one"):
        with open_warehouse(tmp_path / f"{name}.duckdb") as con:
            versions.append(current_data_version(con, SETTINGS))
    assert versions[0] == versions[2] != versions[1]


def test_versions_of_before_there_was_a_key_are_keyed(tmp_path: Path) -> None:
    with open_warehouse(tmp_path / "w.duckdb") as con:
        end(con, begin(con, SETTINGS, NOW, "one"), "published", None)
        bare = data_version((), SETTINGS.model_dump_json())
        con.execute("drop table ledger.version_key")
        con.execute("update meta.refresh set data_version = ?", [bare])
        end(con, begin(con, SETTINGS, NOW + dt.timedelta(days=1), "two"), "refused", None)
        versions = _logged(con)
        assert versions[0] == versions[1] != bare
        con.execute("create table ledger.file (source varchar, file varchar, n_rows bigint, "
                    "copy_of integer, loaded_at timestamptz, sha256 varchar, status varchar, "
                    "file_id integer, withdrawn_at timestamptz)")  # fmt: skip
        assert data_changes(con, SETTINGS, since_publication=True).is_empty()


def test_no_published_column_has_a_fingerprint_of_files() -> None:
    named = [
        f"{table.full_name}.{column.name}"
        for table in published_tables()
        for column in table.columns
        if re.search("sha[0-9]|hash|digest|fingerprint", column.name)
    ]
    assert named == []


def _statuses(con: Connection) -> list[tuple[int, str]]:
    return fetch(con, "select refresh_id, status from meta.refresh order by 1").rows()


def test_one_refresh_is_one_row_from_its_start(tmp_path: Path) -> None:
    with open_warehouse(tmp_path / "w.duckdb") as con:
        number = begin(con, SETTINGS, NOW, "one")
        assert _statuses(con) == [(1, "running")]
        assert end(con, number, "failed", None) == "failed"
        assert begin(con, SETTINGS, NOW, "one") == number, "gone on with, it keeps its number"
        assert end(con, number, "published", None) == "published"
        assert begin(con, SETTINGS, NOW, "two") == 2
        assert _statuses(con) == [(1, "published"), (2, "running")]


def test_what_stands_decides_after_a_crash(tmp_path: Path) -> None:
    """An exception behind the swap, a kill in front of it, and a rollback nobody noted."""
    with open_warehouse(tmp_path / "w.duckdb") as con:
        for run in ("one", "two", "three"):
            begin(con, SETTINGS, NOW, run)
        log = fetch(con, "from meta.refresh order by refresh_id")
        stands = log.head(2).with_columns(status=pl.lit("published"))
        assert end(con, 3, "failed", stands) == "failed"
        assert _statuses(con) == [(1, "published"), (2, "published"), (3, "failed")]
        begin(con, SETTINGS, NOW, "four")
        killed = settle(con, stands)
        assert [(each.refresh_id, each.run) for each in killed] == [(4, "four")]
        assert settle(con, stands) == [], "it is told once"
        assert _statuses(con)[-1] == (4, "failed")
        settle(con, stands.head(1))
        assert _statuses(con) == [
            (1, "published"), (2, "rolled_back"), (3, "failed"), (4, "failed"),
        ]  # fmt: skip


def test_an_error_behind_the_swap_leaves_a_published_refresh(tmp_path: Path) -> None:
    with open_warehouse(tmp_path / "w.duckdb") as con:
        number = begin(con, SETTINGS, NOW, "one")
        log = fetch(con, "from meta.refresh").with_columns(status=pl.lit("published"))
        assert end(con, number, "failed", log) == "published"
        assert _statuses(con) == [(1, "published")]
