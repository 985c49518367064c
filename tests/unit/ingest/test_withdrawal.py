"""A withdrawn delivery leaves staging as if it had never come, and can come back."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.core.check_results import CheckResult, record_results
from pipelines.core.warehouse import fetch
from pipelines.ingest.load.ingest_report import IngestReport
from pipelines.ingest.load.ingest_source import ingest_source
from pipelines.ingest.load.withdrawal import (
    WithdrawalError,
    Withdrawn,
    command_for,
    way_out,
    withdraw,
)
from pipelines.personal_data.log_redaction import without_values
from tests.unit.ingest.landing import NOW, Landing, assert_invariant, landing

HEADER = "employee_id,separation_date,separation_type\n"
FIRST = HEADER + "E1,2024-01-01,voluntary\nE2,2024-01-02,voluntary\n"
WRONG = HEADER + "E1,2024-01-01,involuntary\nE3,2024-01-03,other\n"
LONG_AGO = NOW - dt.timedelta(days=365)
LATER = NOW + dt.timedelta(days=1)


def raw_of(place: Landing) -> Path:
    return place.folder.parent / "private" / "raw" / place.source.name


def take_back(place: Landing, file: str) -> Withdrawn:
    return withdraw(place.con, place.source, file, raw_of(place), LATER)


def kinds(place: Landing) -> dict[str, str]:
    return {row["employee_id"]: row["separation_type"] for row in place.staged()}


def test_its_rows_leave_and_what_they_superseded_comes_back(tmp_path: Path) -> None:
    with landing(tmp_path, "attrition") as place:
        place.drop("first.csv", FIRST)
        place.refresh()
        place.drop("wrong.csv", WRONG)
        place.refresh(LATER)
        assert kinds(place) == {"E1": "involuntary", "E2": "voluntary", "E3": "other"}
        assert take_back(place, "wrong.csv") == Withdrawn("attrition/wrong.csv", 2)
        report = place.refresh(LATER)
        assert (report.n_files_loaded, report.n_files_known) == (0, 2)
        assert kinds(place) == {"E1": "voluntary", "E2": "voluntary"}
        files = place.files()
        assert (files["wrong.csv"]["status"], files["wrong.csv"]["n_accepted"]) == ("withdrawn", 0)
        assert files["first.csv"]["n_accepted"] == 2
        assert (raw_of(place) / "000002-1.parquet").exists(), "raw keeps what was delivered"
        assert_invariant(place)


def test_dropped_again_after_it_was_taken_out_it_counts_again(tmp_path: Path) -> None:
    with landing(tmp_path, "attrition") as place:
        place.drop("wrong.csv", WRONG)
        place.refresh()
        take_back(place, "wrong.csv")
        place.refresh(LATER)
        assert kinds(place) == {}
        (place.folder / "wrong.csv").unlink()
        place.refresh(LATER)
        place.drop("wrong.csv", WRONG)
        assert place.refresh(LATER).n_files_loaded == 1
        assert kinds(place) == {"E1": "involuntary", "E3": "other"}
        assert_invariant(place)


def test_a_share_that_is_gone_for_a_night_brings_nothing_back_that_was_withdrawn(
    tmp_path: Path,
) -> None:
    with landing(tmp_path, "attrition") as place:
        place.drop("wrong.csv", WRONG)
        place.refresh()
        take_back(place, "wrong.csv")
        for _ in range(2):
            (place.folder / "wrong.csv").unlink(missing_ok=True)
            place.refresh(LATER, is_emptied=True)
        place.drop("wrong.csv", WRONG)
        assert place.refresh(LATER).n_files_loaded == 0
        assert (kinds(place), place.files()["wrong.csv"]["status"]) == ({}, "withdrawn")


def test_what_a_withdrawal_took_away_is_named_with_the_way_back(tmp_path: Path) -> None:
    with landing(tmp_path, "attrition") as place:
        place.drop("first.csv", FIRST)
        place.refresh()
        assert "make withdraw FILE=attrition/first.csv" in way_out(
            place.con, place.source, LONG_AGO
        )
        command = command_for(place.source, "first.csv")
        assert without_values(command) == command, "an alert must tell it, too"
        take_back(place, "first.csv")
        said = way_out(place.con, place.source, NOW)
        assert "attrition/first.csv; to have the rows back, take the file out" in said
        assert "no attrition file came" in way_out(place.con, place.source, LATER)


def test_a_mended_file_of_the_same_name_is_taken_in(tmp_path: Path) -> None:
    with landing(tmp_path, "attrition") as place:
        place.drop("x.csv", WRONG)
        place.refresh()
        take_back(place, "x.csv")
        place.drop("x.csv", FIRST)
        place.refresh(LATER)
        assert kinds(place) == {"E1": "voluntary", "E2": "voluntary"}


def test_a_refused_file_that_is_withdrawn_blocks_no_longer(tmp_path: Path) -> None:
    with landing(tmp_path, "attrition") as place:
        place.drop("bad.csv", HEADER + "E1,never,voluntary\n")
        refusal = place.refresh().delivery_refusals[0]
        assert "make withdraw FILE=attrition/bad.csv" in refusal
        take_back(place, "bad.csv")
        assert place.refresh(LATER).delivery_refusals == ()


def test_a_copy_names_the_file_that_stands_for_it(tmp_path: Path) -> None:
    with landing(tmp_path, "attrition") as place:
        place.drop("a.csv", FIRST)
        place.refresh()
        place.drop("b.csv", FIRST)
        place.refresh(LATER)
        with pytest.raises(WithdrawalError, match=r"FILE=attrition/a\.csv"):
            take_back(place, "b.csv")
        take_back(place, "a.csv")
        place.refresh(LATER)
        assert kinds(place) == {}
        assert {row["status"] for row in place.files().values()} == {"withdrawn"}


@pytest.mark.parametrize("file", ["never.csv", "gone.csv"])
def test_what_is_not_there_is_told(tmp_path: Path, file: str) -> None:
    with landing(tmp_path, "attrition") as place:
        place.drop("gone.csv", FIRST)
        place.refresh()
        take_back(place, "gone.csv")
        with pytest.raises(WithdrawalError, match="Nothing was changed"):
            take_back(place, file)


def after_a_refusal(place: Landing) -> IngestReport:
    """Refresh as after a night on which a blocking check refused this source's rows."""
    failed = CheckResult("staging.attrition", "x", "ERROR", False, 1, 1)
    record_results(place.con, "staging.attrition", [failed])
    return ingest_source(
        place.con, place.source, place.folder, raw=raw_of(place).parent, now=LATER,
        refused_since=NOW,
    )  # fmt: skip


def test_taken_out_after_a_refusal_it_leaves_and_nothing_older_does(tmp_path: Path) -> None:
    with landing(tmp_path, "attrition") as place:
        place.drop("first.csv", FIRST)
        place.refresh()
        place.drop("wrong.csv", WRONG)
        place.refresh(NOW + dt.timedelta(hours=1))
        for name in ("first.csv", "wrong.csv"):
            (place.folder / name).unlink()
        after_a_refusal(place)
        assert kinds(place) == {"E1": "voluntary", "E2": "voluntary"}
        assert_invariant(place)


def test_taken_out_without_a_refusal_its_rows_stay(tmp_path: Path) -> None:
    with landing(tmp_path, "attrition") as place:
        place.drop("wrong.csv", WRONG)
        place.refresh(NOW + dt.timedelta(hours=1))
        (place.folder / "wrong.csv").unlink()
        ingest_source(
            place.con, place.source, place.folder, raw=raw_of(place).parent, now=LATER,
            refused_since=NOW,
        )  # fmt: skip
        assert len(place.staged()) == 2


ROWS = st.lists(
    st.tuples(st.sampled_from(["E1", "E2", "E3"]), st.sampled_from(["voluntary", "other"])),
    min_size=1,
    max_size=4,
)


@pytest.mark.slow  # quicker: the same, told night by night, above
@given(st.lists(ROWS, min_size=1, max_size=5), st.integers(0, 4))
@settings(max_examples=12, deadline=None)
def test_withdrawing_is_never_having_delivered(
    tmp_path_factory: pytest.TempPathFactory, files: list[list[tuple[str, str]]], which: int
) -> None:
    which %= len(files)
    texts = [HEADER + "".join(f"{who},2024-01-01,{kind}\n" for who, kind in rows) for rows in files]
    texts = [f"{text}P{number},2023-01-01,other\n" for number, text in enumerate(texts)]

    def staged(folder: Path, without: int | None, gone: int | None) -> list[tuple[object, ...]]:
        with landing(folder, "attrition") as place:
            place.refresh()
            for number, text in enumerate(texts):
                if number != without:
                    place.drop(f"{number}.csv", text)
                    place.refresh()
            if gone is not None:
                take_back(place, f"{gone}.csv")
                place.refresh(LATER)
            assert_invariant(place)
            named = "select * exclude (file_id, line_number) from staging.attrition order by all"
            return fetch(place.con, named).rows()

    left = staged(tmp_path_factory.mktemp("left"), None, which)
    assert left == staged(tmp_path_factory.mktemp("never"), which, None)
