"""The gate asks for every blocking check, on these data and by this code."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.contracts.sources import Source, load_contracts
from pipelines.core.checked_data import delivered_fingerprint, note_checked, staged_fingerprint
from pipelines.core.errors import DataRefusedError
from pipelines.core.warehouse import Connection, open_warehouse
from pipelines.ingest.load import file_ledger
from pipelines.quality.run_checks import declared_checks
from pipelines.release import gate
from pipelines.release.gate import DELIVERIES_ACCEPTED, NotReadyError, check_passed, note_made_from
from tests.unit.ingest.landing import NOW

SOURCES = load_contracts().sources


@pytest.fixture
def con() -> Iterator[Connection]:
    with open_warehouse(Path(":memory:")) as opened:
        file_ledger.create_tables(opened)
        deliver(opened, 1)
        yield opened


def deliver(con: Connection, number: int, source: str = "roster") -> None:
    """A line of the ledger, as a delivery leaves one."""
    entry = file_ledger.FileEntry(number, source, f"{number}.csv", f"{number}", "loaded", NOW)
    file_ledger.enter(con, entry)


def check_all(con: Connection, *, failing: str | None = None) -> None:
    staged = staged_fingerprint(con)
    for source in SOURCES:
        check(con, source, staged, failing)


def check(con: Connection, source: Source, staged: str, failing: str | None = None) -> None:
    raw = {DELIVERIES_ACCEPTED: failing != f"raw.{source.name}"}
    note_checked(con, f"raw.{source.name}", raw, delivered_fingerprint(con, source.name))
    names = [each.name for each in declared_checks(source) if each.severity == "ERROR"]
    passed = {name: failing != f"staging.{source.name} {name}" for name in names}
    note_checked(con, f"staging.{source.name}", passed, staged)


def test_every_check_passed_on_these_data(con: Connection) -> None:
    check_all(con)
    check_passed(con)


EVERY = [(source, f"raw.{source.name}") for source in SOURCES if source.required] + [
    (source, f"staging.{source.name} {each.name}")
    for source in SOURCES
    for each in declared_checks(source)
    if source.required and each.severity == "ERROR"
]


def test_one_that_failed_is_enough(con: Connection) -> None:
    assert len(EVERY) > 20
    check_all(con)
    staged = staged_fingerprint(con)
    for source, failing in EVERY:
        check(con, source, staged, failing)
        with pytest.raises(DataRefusedError, match=r"1 blocking checks failed .*make withdraw"):
            check_passed(con)
        check(con, source, staged)
    check_passed(con)


OPTIONAL = [source.name for source in SOURCES if not source.required]


@pytest.mark.parametrize("source", OPTIONAL)
def test_a_refused_delivery_of_an_optional_source_blocks_nothing(
    con: Connection, source: str
) -> None:
    check_all(con, failing=f"raw.{source}")
    check_passed(con)


def test_nor_does_a_check_of_its_rows(con: Connection) -> None:
    for source in SOURCES:
        errors = [each.name for each in declared_checks(source) if each.severity == "ERROR"]
        assert errors
        if not source.required:
            check_all(con, failing=f"staging.{source.name} {errors[0]}")
            check_passed(con)


@pytest.mark.parametrize("source", OPTIONAL)
def test_its_deliveries_must_have_been_looked_at_all_the_same(con: Connection, source: str) -> None:
    check_all(con, failing=f"raw.{source}")
    note_checked(con, f"raw.{source}", {DELIVERIES_ACCEPTED: False}, "other data")
    with pytest.raises(DataRefusedError, match=f"haven't looked .* raw/{source}"):
        check_passed(con)


def test_without_any_check_nothing_passes(con: Connection) -> None:
    with pytest.raises(DataRefusedError, match="haven't looked at these data"):
        check_passed(con)


@pytest.mark.parametrize("change", ["delivered", "withdrawn", "rows", "code"])
def test_other_data_or_other_code_were_not_checked(
    con: Connection, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_all(con)
    if change == "delivered":
        deliver(con, 2, "training")
    elif change == "withdrawn":
        file_ledger.change(con, 1, status="withdrawn")
    elif change == "rows":
        file_ledger.change(con, 1, raw_file="000001-2.parquet")
    else:
        monkeypatch.setattr(gate, "code_version", lambda: "another")
    with pytest.raises(DataRefusedError, match="haven't looked at these data"):
        check_passed(con)


def test_a_refresh_rests_on_one_state_of_the_data(con: Connection) -> None:
    note_made_from(con, 7, gate.PLANNED)
    note_made_from(con, 7, gate.PLANNED)
    deliver(con, 2)
    with pytest.raises(NotReadyError, match="data have changed since refresh 7 began"):
        note_made_from(con, 7)
    note_made_from(con, 8)
