"""Tombstones: keys that are deleted, and that a later delivery revives."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from pipelines.core.warehouse import fetch
from pipelines.ingest.load import file_ledger
from tests.unit.ingest.landing import NOW, Landing, assert_invariant, landing

HEADER = "employee_id,shift_date,scheduled_hours,absent_hours\n"


def _ids(place: Landing) -> list[str]:
    return [row["employee_id"] for row in place.staged()]


def _drop_three(place: Landing) -> None:
    place.drop("a.csv", HEADER + "".join(f"E{i},2024-01-01,8,0\n" for i in range(3)))
    place.refresh()


def test_deleted_keys_stop_counting(tmp_path: Path) -> None:
    with landing(tmp_path, "shifts") as place:
        _drop_three(place)
        place.drop("gone.tombstone.csv", "employee_id,shift_date\n E1 ,2024-01-01\nE9,2024-01-01\n")
        report = place.refresh()
        assert _ids(place) == ["E0", "E2"]
        assert report.notes == ("shifts/gone.tombstone.csv: deleted 1 of 2 keys",)
        counts = {
            name: (row["n_accepted"], row["n_superseded"]) for name, row in place.files().items()
        }
        assert counts == {"a.csv": (2, 1), "gone.tombstone.csv": (2, 0)}
        assert fetch(place.con, "select count(*) from raw.shifts").item() == 5
        place.drop("never.tombstone.csv", "employee_id,shift_date\nE8,2024-01-01\n")
        place.refresh()
        told = file_ledger.describe_taken(place.con, NOW - dt.timedelta(days=1))
        assert [line for line in told if "never" in line] == [
            "taken shifts/never.tombstone.csv: none of its 1 keys had a row that stood, so nothing "
            "was deleted"
        ]
        assert_invariant(place)


def test_a_later_delivery_revives_a_key(tmp_path: Path) -> None:
    with landing(tmp_path, "shifts") as place:
        _drop_three(place)
        place.drop("gone.tombstone.csv", "employee_id,shift_date\nE1,2024-01-01\n")
        place.refresh()
        place.drop("back.csv", HEADER + "E1,2024-01-01,4,0\n")
        place.refresh()
        assert [row["scheduled_hours"] for row in place.staged()] == [8.0, 4.0, 8.0]
        assert place.files()["gone.tombstone.csv"]["n_superseded"] == 1
        assert_invariant(place)


def test_a_tombstone_has_keys_that_can_be_read_or_is_refused(tmp_path: Path) -> None:
    with landing(tmp_path, "shifts") as place:
        _drop_three(place)
        place.drop("gone.tombstone.csv", "employee_id,shift_date\nE1,01/02/2024\n")
        place.drop("short.tombstone.csv", "employee_id\nE1\n")
        report = place.refresh()
        assert "01/02/2024" in report.delivery_refusals[0]
        assert "lacks shift_date" in report.gate_refusals[0]
        assert len(_ids(place)) == 3
        assert_invariant(place)


def test_tombstones_in_other_forms_and_words(tmp_path: Path) -> None:
    mapping = {"columns": {"wer": "employee_id"}, "date_format": "%d.%m.%Y"}
    with landing(tmp_path, "shifts", **mapping) as place:
        _drop_three(place)
        place.drop("one.tombstone.tsv", "wer\tshift_date\tabsent_hours\nE0\t01.01.2024\tnone\n")
        place.drop("two.TOMBSTONE.jsonl", '{"wer": "E2", "shift_date": "2024-01-01"}\n')
        place.refresh()
        assert _ids(place) == ["E1"]
        assert_invariant(place)


def test_keys_above_the_header_are_not_taken_for_titles(tmp_path: Path) -> None:
    with landing(tmp_path, "coaching_sessions") as place:
        place.drop("gone.tombstone.csv", "S1\nS2\nsession_id\nS3\n")
        (reason,) = place.refresh().gate_refusals
        assert "put the header first" in reason
