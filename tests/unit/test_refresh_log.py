"""The refresh log tells whether the data are the same, and nothing to guess a delivery by."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from pathlib import Path

from pipelines.config.settings import Settings, parse_settings
from pipelines.contracts.tables import published_tables
from pipelines.core.versions import data_version
from pipelines.core.warehouse import Connection, fetch, open_warehouse
from pipelines.release.refresh_log import current_data_version, data_changes, record_refresh
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
        record_refresh(con, NOW, "published", SETTINGS)
        bare = data_version((), SETTINGS.model_dump_json())
        con.execute("drop table ledger.version_key")
        con.execute("update meta.refresh set data_version = ?", [bare])
        record_refresh(con, NOW + dt.timedelta(days=1), "refused", SETTINGS)
        versions = _logged(con)
        assert versions[0] == versions[1] != bare
        con.execute("create table ledger.file (source varchar, file varchar, n_rows bigint, "
                    "copy_of integer, loaded_at timestamptz, sha256 varchar, status varchar, "
                    "file_id integer)")  # fmt: skip
        assert data_changes(con, SETTINGS, since_publication=True).is_empty()


def test_no_published_column_has_a_fingerprint_of_files() -> None:
    named = [
        f"{table.full_name}.{column.name}"
        for table in published_tables()
        for column in table.columns
        if re.search("sha[0-9]|hash|digest|fingerprint", column.name)
    ]
    assert named == []
