"""Pulls from a real PostgreSQL: whole or not at all, and whatever goes wrong told in words."""

from __future__ import annotations

import datetime as dt
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from pipelines.config.databases import Database
from pipelines.config.settings import Limits, load_settings
from pipelines.core.errors import SettingsError
from pipelines.ingest.pull.pull_database import Pull, is_pulled, pull
from tests.postgres import Server, postgres

NOW = dt.datetime(2026, 11, 29, 2, 30, tzinfo=dt.UTC)
SHIFTS = "select employee_id, shift_date, hours from shifts order by 1, 2"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with postgres() as started:
        started.run("""
            create table shifts (
                employee_id text, shift_date date, hours numeric(6, 2), began timestamptz,
                break interval, is_paid boolean, badge uuid, note text
            );
            insert into shifts values
                ('E1', '2026-03-02', 8.50, '2026-03-02 10:00+02', '30 minutes', true,
                 '6b0f6c1e-7a3b-4c2d-9e8f-000000000001', null),
                ('E2', '2026-03-02', null, null, null, null, null, 'café'),
                ('E3', '2026-03-03', 4.00, '2026-03-03 23:30-05', '1 day', false, null, '');
            create role stranger login;
            """)
        yield started


@pytest.fixture(autouse=True)
def _address(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHIFTS_URI", server.uri)


def pulled(folder: Path, query: str = SHIFTS, at: dt.datetime = NOW, **more: object) -> Pull:
    database = Database("wfm", "SHIFTS_URI", "wfm.sql", query)
    return pull(database, folder / "wfm", at, more.pop("limits", Limits()), **more)  # type: ignore[arg-type]


def refused(folder: Path, query: str) -> str:
    """The reason of a pull that takes nothing; no file may be left of it."""
    before = files(folder)
    found = pulled(folder, query, NOW + dt.timedelta(days=7))
    assert found.refusal is not None
    assert files(folder) == before
    assert "s3cret-word" not in found.refusal
    return found.refusal


def files(folder: Path) -> dict[str, bytes]:
    there = sorted((folder / "wfm").iterdir()) if (folder / "wfm").exists() else []
    return {path.name: path.read_bytes() for path in there}


def later(days: int) -> dt.datetime:
    return NOW + dt.timedelta(days=days)


def test_a_pull_is_one_private_file_with_every_value(tmp_path: Path) -> None:
    query = (
        "select employee_id, shift_date, hours, began, is_paid, badge, note, "
        "extract(epoch from break) / 3600 as break_hours from shifts order by 1"
    )
    found = pulled(tmp_path, query)
    assert found.refusal is None
    assert found.notes == ("3 records pulled",)
    (path,) = (tmp_path / "wfm").iterdir()
    assert path.name == "wfm-20261129T023000-000000Z.parquet"
    assert is_pulled(path.name)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    rows = pl.read_parquet(path).to_dicts()
    assert [row["employee_id"] for row in rows] == ["E1", "E2", "E3"]
    assert [row["hours"] for row in rows] == ["8.50", None, "4.00"]
    assert rows[0]["began"] == dt.datetime(2026, 3, 2, 8, tzinfo=dt.UTC)
    assert rows[2]["began"] == dt.datetime(2026, 3, 4, 4, 30, tzinfo=dt.UTC)
    assert [row["is_paid"] for row in rows] == [True, None, False]
    assert rows[0]["badge"] == "6b0f6c1e-7a3b-4c2d-9e8f-000000000001"
    assert [row["note"] for row in rows] == [None, "café", ""]
    assert [float(row["break_hours"] or -1) for row in rows] == [0.5, -1, 24]


def test_the_same_records_in_another_order_are_no_new_delivery(tmp_path: Path) -> None:
    pulled(tmp_path)
    before = files(tmp_path)
    again = pulled(tmp_path, SHIFTS.replace("order by 1, 2", "order by 1 desc"), later(1))
    assert again.notes == ("3 records, the same as at the last pull: no new delivery",)
    assert files(tmp_path) == before
    fewer = pulled(tmp_path, SHIFTS.replace("order", "where hours > 4 order"), later(2))
    assert fewer.notes == ("1 records pulled",)
    assert files(tmp_path).items() > before.items()


def test_a_connection_that_is_killed_midway_leaves_nothing(server: Server, tmp_path: Path) -> None:
    pulled(tmp_path)
    query = (
        "select g, repeat('x', 1000) as note, case when g = 90000 then "
        "pg_terminate_backend(pg_backend_pid()) end as killed from generate_series(1, 100000) g"
    )
    told = refused(tmp_path, query)
    assert "the connection was lost while records came" in told
    assert "last pull of 2026-11-29 goes on counting" in told
    assert pulled(tmp_path, SHIFTS, later(8)).refusal is None


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("alter table t drop column hours", "it lacks hours"),
        ("alter table t alter hours type text", "hours was a number and is text"),
        ("alter table t alter day type timestamptz", "day was a day and is a moment with its zone"),
    ],
)
def test_a_changed_schema_is_told_and_nothing_is_taken(
    server: Server, tmp_path: Path, change: str, expected: str
) -> None:
    server.run(
        "drop table if exists t; create table t (id text, day date, hours int); "
        "insert into t values ('E1', '2026-03-02', 8)"
    )
    assert pulled(tmp_path, "select * from t").refusal is None
    server.run(change)
    assert expected in refused(tmp_path, "select * from t")
    meant = pulled(tmp_path, "-- as it is since March\nselect * from t", later(9))
    assert meant.refusal is None
    assert len(files(tmp_path)) == 2


def test_a_new_column_is_noted(server: Server, tmp_path: Path) -> None:
    server.run("drop table if exists t; create table t (id text); insert into t values ('E1')")
    pulled(tmp_path, "select * from t")
    server.run("alter table t add column team text")
    found = pulled(tmp_path, "select * from t", later(1))
    assert found.notes == ("1 records pulled", "new columns: team")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("select break from shifts", "break has the type interval, which no file can hold as it "
         "is; write extract(epoch from break) / 3600 as break for hours"),
        ("select break from shifts where false", "break has the type interval"),
        ("select 12.5::money as pay, '1.2.3.4'::inet as ip", "write cast(pay as numeric) as pay; "
         "ip has the type inet, which no file can hold as it is; write cast(ip as text) as ip"),
        ("select array[1, 2] as days", "write cast(days as text) as days"),
        ("select 'infinity'::date as gone", "write nullif(gone, 'infinity') as gone"),
        ("select '-infinity'::timestamptz as gone", "write nullif(gone, 'infinity') as gone"),
        ("select 1 as a, 2 as a", "gives the column a twice"),
        ("select hourz from shifts", 'can\'t be run: column "hourz" does not exist'),
        ("select * from nowhere", 'can\'t be run: relation "nowhere" does not exist'),
        ("select 1; select 2", "cannot insert multiple commands"),
        ("select note::int from shifts", "the server gave up at one of the records"),
        ("select 'café'::int from shifts", "the server gave up at one of the records"),
        ("create table evil (i int)", "tries to write"),
        ("with gone as (delete from shifts returning *) select * from gone", "tries to write"),
        ("set transaction read write", "was ended by the server (code 25001)"),
        ("set statement_timeout = 0", "gives no columns"),
    ],
)  # fmt: skip
def test_what_a_query_gets_wrong_is_told(tmp_path: Path, query: str, expected: str) -> None:
    told = refused(tmp_path, query)
    assert expected in told
    assert "recipes/wfm.sql" in told
    assert "café" not in told


def test_nothing_was_written_to_the_database(server: Server, tmp_path: Path) -> None:
    refused(tmp_path, "create table evil (i int)")
    assert pulled(tmp_path, "select count(*) as n from shifts").refusal is None
    (path,) = (tmp_path / "wfm").iterdir()
    assert pl.read_parquet(path)["n"].to_list() == [3]
    assert 'relation "evil" does not exist' in refused(tmp_path, "select * from evil")


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("", "SHIFTS_URI isn't set where the refresh runs"),
        ("mssql://sa:s3cret-word@host/db", "doesn't begin with postgresql://"),
        ("postgresql://u:s3cret-word@127.0.0.1:1/x", "nothing listens"),
        ("postgresql://u:s3cret-word@nowhere.invalid/x", "the server's name isn't known"),
        ("postgresql://u:s3cret-word@/x?host=/nowhere", "no server listens at that socket"),
        ("postgresql://u:a/s3cret-word@h/x", "the driver doesn't take the address"),
        ("postgresql://u:p@s3cret-word@127.0.0.1:1/x", "the server's name isn't known"),
        ("postgresql://u@/x?host=/tmp&sslmode=s3cret-word", "the driver doesn't take the address"),
    ],
)
def test_a_server_that_cannot_be_reached_is_told_without_its_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, uri: str, expected: str
) -> None:
    monkeypatch.setenv("SHIFTS_URI", uri)
    told = refused(tmp_path, SHIFTS)
    assert expected in told
    assert "nothing was ever pulled of it" in told


def test_users_and_their_rights_are_told(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHIFTS_URI", server.uri.replace("reader", "nobody-here"))
    assert "the server knows no user of that name" in refused(tmp_path, SHIFTS)
    monkeypatch.setenv("SHIFTS_URI", server.uri.replace("/postgres?", "/other?"))
    assert "the server knows no database of that name" in refused(tmp_path, SHIFTS)
    monkeypatch.setenv("SHIFTS_URI", server.uri.replace("reader", "stranger"))
    assert "the user may not read what the query reads" in refused(tmp_path, SHIFTS)


def test_more_than_a_file_may_hold_is_not_taken(tmp_path: Path) -> None:
    many = "select g from generate_series(1, 1001) g"
    found = pulled(tmp_path, many, limits=Limits(rows_per_file=1000))
    assert found.refusal is not None
    assert "more than 1,000 rows ([limits] rows_per_file in settings.toml)" in found.refusal
    assert files(tmp_path) == {}
    assert pulled(tmp_path, many, limits=Limits(rows_per_file=1001)).refusal is None


def test_old_pulls_go_with_the_age_of_records(tmp_path: Path) -> None:
    pulled(tmp_path)
    pulled(tmp_path, "select 'other' as note", later(400), kept_from=dt.date(2026, 11, 29))
    assert len(files(tmp_path)) == 2
    pulled(tmp_path, "select 'third' as note", later(401), kept_from=dt.date(2026, 11, 30))
    assert len(files(tmp_path)) == 2


def test_without_the_extra_what_to_install_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "adbc_driver_postgresql", None)
    assert "the extra `databases` of pyproject.toml" in refused(tmp_path, SHIFTS)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ('[database.wfm]\nuri_from = "X"\nquery = "q.sql"', "declare wfm under [feed]"),
        ('[database.shifts]\nuri_from = "X"\nquery = "none.sql"', "recipes/none.sql can't be read"),
        ('[database.shifts]\nuri_from = "X"\nquery = "../q.sql"', "expected uri_from"),
        ('[database.shifts]\nuri_from = "postgresql://u:s3cret-word@h/x"\nquery = "q.sql"',
         "never the address itself"),
        ('[database.shifts]\nuri = "postgresql://u:s3cret-word@h/x"\nquery = "q.sql"',
         "expected uri_from"),
        ("[databases.shifts]", "[database.<name>] is meant"),
    ],
)  # fmt: skip
def test_settings_that_cannot_be_used_are_told_without_an_address(
    tmp_path: Path, settings: str, expected: str
) -> None:
    (tmp_path / "recipes").mkdir()
    (tmp_path / "recipes" / "q.sql").write_text("select 1 as a")
    (tmp_path / "settings.toml").write_text(settings)
    with pytest.raises(SettingsError) as told:
        load_settings(tmp_path / "settings.toml")
    assert expected in str(told.value)
    assert "s3cret-word" not in str(told.value)
