"""Every check passes on sound tables, and fails, with the right place, when it should."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines.contracts import casts
from pipelines.contracts.sources import Column, Source, load_contracts
from pipelines.core.warehouse import Connection, fetch, open_warehouse
from pipelines.quality.check_specs import CheckSpec, suite_checks, tables_read
from pipelines.quality.run_checks import CheckResult, declared_checks, run_suite
from pipelines.quality.suites import SUITES_FOLDER
from tests.unit.raw_tables import create_raw_tables

AS_OF = dt.date(2024, 12, 31)
N = 200
SOURCES = [source.name for source in load_contracts().sources]
ALL_CHECKS = [
    (source, check) for source in load_contracts().sources for check in suite_checks(source)
]


def _good_value(source: Source, column: Column, row: int) -> Any:
    """A value that keeps every rule: people are hired on 1 January, all else happens in spring."""
    if column.name == "coach_id":
        return f"E{(row + 1) % N:03d}"
    if column.references or column.name == "employee_id":
        return f"E{row:03d}"
    if column.name in ("hire_date", "effective_date"):
        return dt.date(2024, 1, 1)
    if column.allowed:
        return column.allowed[row % len(column.allowed)]
    if column.unit == "score":
        return 2.0
    values: dict[str, Any] = {
        "text": f"{column.name} {row}",
        "date": dt.date(2024, 6, 1) if source.name == "attrition" else dt.date(2024, 5, 1),
        "timestamp": dt.datetime(2024, 5, 1, 9),
        "boolean": row % 2 == 0,
        "integer": 3,
        "number": 1.0,
    }
    return values[column.type]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse whose staged tables are sound; row i stands on line i + 2 of its only file."""
    file = tmp_path_factory.mktemp("sound") / "warehouse.duckdb"
    with open_warehouse(file) as connection:
        create_raw_tables(connection)
        for file_id, source in enumerate(load_contracts().sources, start=1):
            columns = ", ".join(
                f"{column.name} {casts.SQL_TYPES[column.type]}" for column in source.columns
            )
            connection.execute(
                f"create table staging.{source.name} "
                f"({columns}, file_id integer, line_number bigint)"
            )
            rows = [
                [
                    *(_good_value(source, column, row) for column in source.columns),
                    file_id,
                    row + 2,
                ]
                for row in range(N)
            ]
            frame = pl.DataFrame(
                rows, schema=[*source.column_names, "file_id", "line_number"], orient="row"
            )
            connection.register("_rows", frame.to_arrow())
            connection.execute(f"insert into staging.{source.name} by name select * from _rows")
            connection.unregister("_rows")
            connection.execute(
                "insert into ledger.file (file_id, source, file, status, first_seen_at, "
                "is_in_landing) values (?, ?, ?, 'loaded', now(), true)",
                [file_id, source.name, f"{source.name}.csv"],
            )
    return file


@pytest.fixture
def con(sound: Path, tmp_path: Path) -> Iterator[Connection]:
    """A copy of the sound warehouse, to be damaged."""
    with open_warehouse(Path(shutil.copy(sound, tmp_path))) as connection:
        yield connection


def _run(con: Connection, source: str) -> dict[str, CheckResult]:
    results = run_suite(con, load_contracts().source(source), as_of=AS_OF)
    return {result.check_name: result for result in results}


def _set(con: Connection, source: str, column: str, value: str, rows: str) -> None:
    con.execute(f"update staging.{source} set {column} = {value} where line_number - 2 in ({rows})")
    _came(con, source)


def _came(con: Connection, source: str) -> None:
    """The ledger's line of a source says another delivery."""
    con.execute("update ledger.file set sha256 = concat(sha256, 'x') where source = ?", [source])


FLAG_DAMAGE: dict[str, tuple[str, str]] = {
    "session_not_after_exit": ("started_at", "timestamp '2024-06-02 09:00:00'"),
    "response_not_after_exit": ("submitted_on", "date '2024-06-02'"),
    "effective_not_before_hire": ("effective_date", "date '2023-12-31'"),
    "exit_not_before_hire": ("separation_date", "date '2023-12-31'"),
    "exit_mostly_not_before_hire": ("separation_date", "date '2023-12-31'"),
    "coach_is_somebody_else": ("coach_id", "employee_id"),
    "absence_within_schedule": ("absent_hours", "2"),
}


def _damage(con: Connection, source: str, check: CheckSpec) -> int:
    """Break just enough rows, from row 7 on, for a check to fail; returns how many."""
    n_bad = int(N * (1 - check.min_share) + 1e-9) + 1
    rows = ", ".join(str(7 + i) for i in range(n_bad))
    column = check.columns[0] if check.columns else ""
    if check.kind == "has_rows":
        con.execute(f"delete from staging.{source}")
    elif check.kind == "not_null":
        _set(con, source, column, "null", rows)
    elif check.kind == "unique":
        con.execute(
            f"insert into staging.{source} by name "
            f"select * replace (900 as line_number) from staging.{source} where line_number = 9"
        )
        n_bad = 2
    elif check.kind == "between":
        _set(con, source, column, str((check.maximum or 0) + 1), rows)
    elif check.kind == "in_set":
        _set(con, source, column, "'zzz'", rows)
    elif check.name.endswith("_not_a_fraction"):
        con.execute(
            f"update staging.{source} set {column} = case when line_number >= 9 then 0.9 end"
        )
        n_bad = N - 7
    elif check.name == "weeks_apart":
        con.execute(
            "insert into staging.performance by name select * replace (week_start - 6 as "
            "week_start, 900 as line_number) from staging.performance where line_number = 9"
        )
    elif check.name in FLAG_DAMAGE:
        _set(con, source, *FLAG_DAMAGE[check.name], rows)
    elif check.name.endswith("_not_in_future"):
        _set(con, source, column, "date '2025-01-01'", rows)
    elif check.name.endswith("_known"):
        _set(con, source, column, "'somebody'", rows)
    else:
        raise AssertionError(f"no way to break {check.name}")
    return n_bad


@pytest.mark.parametrize("source", SOURCES)
def test_sound_tables_pass(con: Connection, source: str) -> None:
    results = _run(con, source)
    assert {name: result.detail for name, result in results.items() if not result.passed} == {}
    on_rows = [check.name for check in suite_checks(load_contracts().source(source))]
    assert all(results[name].n_failed == 0 and results[name].n_checked == N for name in on_rows)
    recorded = fetch(con, "select check_name, passed from quality.check_result").rows()
    assert recorded == [(name, True) for name, result in results.items() if result.n_checked]


@pytest.mark.parametrize(
    ("source", "check"),
    ALL_CHECKS,
    ids=[f"{source.name}-{check.name}" for source, check in ALL_CHECKS],
)
def test_every_check_fails_when_it_should(
    con: Connection, monkeypatch: pytest.MonkeyPatch, source: Source, check: CheckSpec
) -> None:
    n_bad = _damage(con, source.name, check)
    # One check at a time is enough here; that all run together is tested above.
    monkeypatch.setattr("pipelines.quality.run_checks.suite_checks", lambda _: [check])
    result = _run(con, source.name)[check.name]
    assert not result.passed
    assert result.severity == check.severity
    assert result.n_failed == n_bad
    assert result.detail
    if check.kind != "has_rows":
        assert f"{source.name}/{source.name}.csv line 9, column {check.columns[0]}" in result.detail
    recorded = fetch(con, "select passed, n_failed, detail from quality.check_result").row(0)
    assert recorded == (False, n_bad, result.public_detail)


SHARES: list[tuple[str, str, Callable[[str], bool]]] = [
    ("coaching_sessions", "employee_id_mostly_known", lambda name: name.endswith("_known")),
    ("attrition", "exit_mostly_not_before_hire", lambda name: name.startswith("exit_")),
]


@pytest.mark.parametrize(("source", "name", "is_about"), SHARES, ids=[row[1] for row in SHARES])
def test_few_bad_rows_warn_and_more_block(
    con: Connection, source: str, name: str, is_about: Callable[[str], bool]
) -> None:
    spec = next(c for c in suite_checks(load_contracts().source(source)) if c.name == name)
    n_bad = _damage(con, source, spec) - 1
    column = spec.columns[0]
    good = "'E007'" if column == "employee_id" else "date '2024-06-01'"
    _set(con, source, column, good, str(7 + n_bad))
    failing = [result for result in _run(con, source).values() if not result.passed]
    assert [result.severity for result in failing if is_about(result.check_name)] == ["WARN"]


def test_what_is_published_has_no_value_of_a_person(con: Connection) -> None:
    _set(con, "coaching_sessions", "coach_id", "'Jane Doe'", "7")
    result = _run(con, "coaching_sessions")["coach_id_known"]
    assert result.detail is not None
    assert "line 9, column coach_id: the value is not in the roster" in result.detail
    assert "Jane" not in result.detail
    published = fetch(con, "select * from quality.check_result").write_csv()
    assert "coaching_sessions.csv line 9" in published
    assert "Jane" not in published


def test_somebody_hired_again_may_be_coached_after_an_exit(con: Connection) -> None:
    _set(con, "coaching_sessions", "started_at", "timestamp '2024-09-01 09:00:00'", "7")
    assert not _run(con, "coaching_sessions")["session_not_after_exit"].passed
    con.execute(
        "insert into staging.roster by name select * replace (date '2024-08-01' as hire_date, "
        "date '2024-08-01' as effective_date, 900 as line_number) from staging.roster "
        "where employee_id = 'E007'"
    )
    _came(con, "roster")
    assert _run(con, "coaching_sessions")["session_not_after_exit"].passed


def test_missing_optional_source_passes_and_missing_required_one_does_not(con: Connection) -> None:
    con.execute("delete from staging.shifts")
    assert all(result.passed and result.n_checked == 0 for result in _run(con, "shifts").values())
    con.execute("delete from staging.attrition")
    failing = [result for result in _run(con, "attrition").values() if not result.passed]
    assert [(result.check_name, result.severity) for result in failing] == [("has_rows", "ERROR")]


def test_a_check_that_looked_at_nothing_is_not_listed_as_passed(con: Connection) -> None:
    con.execute("delete from staging.shifts")
    con.execute("delete from staging.attrition")
    assert len(_run(con, "shifts")) > 5
    assert fetch(con, "select * from quality.check_result").is_empty()
    _run(con, "attrition")
    listed = fetch(con, "select check_name, passed from quality.check_result").rows()
    assert listed == [("has_rows", False)]


def test_somebody_hired_again_has_an_exit_in_between(con: Connection) -> None:
    again = (
        "insert into staging.roster by name select * replace (date '{0}' as hire_date, "
        "date '{0}' as effective_date, 900 as line_number) from staging.roster "
        "where employee_id = 'E007' and line_number = 9"
    )
    assert _run(con, "attrition")["employments_do_not_overlap"].n_checked == 0
    con.execute(again.format("2024-08-01"))
    result = _run(con, "attrition")["employments_do_not_overlap"]
    assert (result.passed, result.n_checked) == (True, 1)
    con.execute(again.format("2024-09-01"))
    result = _run(con, "attrition")["employments_do_not_overlap"]
    assert (result.passed, result.n_checked, result.n_failed) == (False, 2, 1)
    assert result.detail is not None
    assert "roster/roster.csv line 900, column hire_date: '2024-09-01'" in result.detail
    assert result.public_detail is not None
    assert "2024" not in result.public_detail


def test_no_two_sources_wait_for_each_others_checks() -> None:
    graph = {source.name: set(tables_read(source)) for source in load_contracts().sources}
    assert len(list(TopologicalSorter(graph).static_order())) == len(graph)


def test_check_names_are_unique_within_a_source() -> None:
    for source in load_contracts().sources:
        names = [check.name for check in declared_checks(source)]
        assert len(names) == len(set(names))


def test_the_list_of_checks_needs_no_great_expectations() -> None:
    code = (
        "import sys; import pipelines.quality.run_checks, pipelines.quality.check_specs; "
        "from pipelines.contracts.sources import load_contracts; "
        "[pipelines.quality.run_checks.declared_checks(s) for s in load_contracts().sources]; "
        "sys.exit('great_expectations' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_suites_are_written_as_the_contracts_say() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pipelines.quality.suites", "--check"], check=False
    )
    assert done.returncode == 0


def test_great_expectations_reads_the_written_suites() -> None:
    """Its own words and the contract's columns; a type or an argument it doesn't know raises."""
    import great_expectations as gx
    from great_expectations.expectations import ExpectColumnValuesToNotBeNull

    for source in load_contracts().sources:
        written = json.loads((SUITES_FOLDER / f"{source.name}.json").read_text())
        suite = gx.ExpectationSuite(**written)
        assert len(suite.expectations) == len(suite_checks(source)) > 2
        present = [
            each.column for each in suite.expectations
            if isinstance(each, ExpectColumnValuesToNotBeNull)
        ]  # fmt: skip
        required = [column.name for column in source.columns if column.required]
        assert present == [f"{source.name}.{name}" for name in required]
        blocking = {each.meta["check_name"] for each in suite.expectations
                    if each.severity == "critical"}  # fmt: skip
        assert blocking == {each.name for each in suite_checks(source) if each.severity == "ERROR"}


@pytest.mark.parametrize(
    ("ours", "theirs", "told"),
    [
        ("lpad(line_number::varchar, 6, '0')", "line_number::varchar", "without leading zeros"),
        ("'E' || line_number", "'e ' || line_number", "but for capitals and blanks"),
    ],
)
def test_why_nobody_is_known_is_told(con: Connection, ours: str, theirs: str, told: str) -> None:
    con.execute(f"update staging.roster set employee_id = {ours}")
    con.execute(f"update staging.shifts set employee_id = {theirs} where line_number > 100")
    found = _run(con, "shifts")
    expected = f"({N - 99} of {N} identifiers match the roster {told})"
    assert expected in str(found["employee_id_known"].detail)
    assert expected in str(found["employee_id_known"].public_detail)
    assert found["employee_id_mostly_known"].severity == "WARN", "an optional source"


def test_equal_values_are_judged_once_and_others_anew(
    con: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = _run(con, "shifts")
    assert not any(each.is_carried_over for each in first.values())

    def nobody_asks(name: str) -> None:
        raise AssertionError(f"{name} was imported")

    with monkeypatch.context() as patched:
        patched.setattr("pipelines.quality.expectations.import_module", nobody_asks)
        con.execute(
            "insert into staging.shifts by name select * replace (shift_date + 1 as shift_date, "
            "line_number + 500 as line_number) from staging.shifts"
        )
        _came(con, "shifts")
        second = _run(con, "shifts")
    of_rows = [check.name for check in suite_checks(load_contracts().source("shifts"))]
    looked_at = [name for name in of_rows if first[name].n_checked]
    assert looked_at and all(second[name].is_carried_over for name in looked_at)
    assert {name: 2 * first[name].n_checked for name in of_rows} == {
        name: second[name].n_checked for name in of_rows
    }
    _set(con, "shifts", "absence_type", "'zzz'", "7, 8")
    third = _run(con, "shifts")
    bad = third["absence_type_allowed"]
    assert (bad.passed, bad.n_failed, bad.is_carried_over) == (False, 2, False)
    assert third["employee_id_present"].is_carried_over
