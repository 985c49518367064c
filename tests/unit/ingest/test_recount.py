"""Accepted, quarantined, superseded and staged rows against a naive recount in plain Python."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.ingest.landing import assert_invariant, landing

COLUMNS = ["employee_id", "shift_date", "scheduled_hours", "absent_hours", "absence_type"]
ABSENCES = {"sick", "no_show", "unplanned_other", "planned_leave", "statutory_leave"}
ROWS = st.fixed_dictionaries(
    {
        "employee_id": st.sampled_from(["E1", " E1", "E2", "00123", "NA", "E1", "E2", ""]),
        "shift_date": st.sampled_from(
            ["2024-01-01", "2024-01-02 ", "2024-01-01", "2024-02-30", "0024-01-01", "1/2/24", ""]
        ),
        "scheduled_hours": st.sampled_from(
            ["8", "8.0", " 7.5 ", "8", "24", "24.1", "x", "", "nan"]
        ),
        "absent_hours": st.sampled_from(["0", "0", "8", "8e0", "-1", "1_0", "0,5", ""]),
        "absence_type": st.sampled_from(["", "", "sick", "no_show ", "Sick", "zzz"]),
    }
)
SHAPES = st.sampled_from(["whole", "whole", "whole", "whole", "short", "long"])
DELIVERIES = st.lists(st.lists(st.tuples(ROWS, SHAPES), max_size=8), min_size=1, max_size=4)
SHARES = st.sampled_from([1.0, 1.0, 0.5, 0.05])


def _as_date(text: str) -> dt.date | None:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def _as_number(text: str) -> float | None:
    if not re.fullmatch(r"[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)(e[0-9]+)?", text):
        return None
    return float(text)


def _violations(cells: list[str]) -> set[tuple[str, str | None]]:
    """The (rule, column) pairs that a record breaks, decided anew from the written rules."""
    if len(cells) != len(COLUMNS):
        return {("wrong_field_count", None)}
    row = dict(zip(COLUMNS, (cell.strip() for cell in cells), strict=True))
    found: set[tuple[str, str | None]] = set()
    for column in COLUMNS[:4]:
        if not row[column]:
            found.add(("required", column))
    if row["shift_date"]:
        date = _as_date(row["shift_date"])
        if date is None:
            found.add(("type", "shift_date"))
        elif not 1950 <= date.year <= 2100:
            found.add(("range", "shift_date"))
    for column in ("scheduled_hours", "absent_hours"):
        if row[column] == "nan":
            found.add(("range", column))
        elif row[column]:
            number = _as_number(row[column])
            if number is None:
                found.add(("type", column))
            elif not 0 <= number <= 24:
                found.add(("range", column))
    if row["absence_type"] and row["absence_type"].lower() not in ABSENCES:
        found.add(("allowed_values", "absence_type"))
    return found


def _key(record: list[str]) -> tuple[str, dt.date | None]:
    return record[0].strip(), _as_date(record[1].strip())


def _value(record: list[str]) -> tuple[float | None, float | None, str | None]:
    cells = [cell.strip() for cell in record]
    return _as_number(cells[2]), _as_number(cells[3]), cells[4].lower() or None


def _with_doubles(
    records: list[list[str]], broken: list[set[tuple[str, str | None]]]
) -> list[set[tuple[str, str | None]]]:
    """Sound rows of one key that say different things break a rule, all of them."""
    said: dict[tuple[str, dt.date | None], set[object]] = {}
    for record, found in zip(records, broken, strict=True):
        if not found:
            said.setdefault(_key(record), set()).add(_value(record))
    return [
        found or ({("differing_doubles", None)} if len(said[_key(record)]) > 1 else set())
        for record, found in zip(records, broken, strict=True)
    ]


def _written(rows: list[tuple[dict[str, str], str]]) -> str:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(COLUMNS)
    for row, shape in rows:
        cells = [row[column] for column in COLUMNS]
        writer.writerow({"whole": cells, "short": cells[:3], "long": [*cells, "x"]}[shape])
    return buffer.getvalue()


def _recount(texts: list[str], max_share: float) -> dict[str, Any]:
    """Load the deliveries one after the other, row by row."""
    standing: dict[tuple[str, dt.date | None], tuple[int, list[str]]] = {}
    n_rows, n_quarantined, refused, cells_rejected = {}, {}, set(), set()
    seen: dict[str, int] = {}
    for number, text in enumerate(texts):
        lines = list(enumerate(csv.reader(io.StringIO(text, newline="")), start=1))[1:]
        numbered = [(line, cells) for line, cells in lines if any(cell.strip() for cell in cells)]
        records = [cells for _, cells in numbered]  # a line of blanks is no record
        if text in seen:
            n_rows[number], n_quarantined[number] = len(records), 0
            continue
        broken = _with_doubles(records, [_violations(record) for record in records])
        n_bad = sum(bool(found) for found in broken)
        cells_rejected |= {
            (number, line, rule, column)
            for (line, _), found in zip(numbered, broken, strict=True)
            for rule, column in found
        }
        if n_bad > max_share * len(records):
            refused.add(number)
            continue
        seen[text] = number
        n_rows[number], n_quarantined[number] = len(records), n_bad
        for record, found in zip(records, broken, strict=True):
            if not found:
                standing[_key(record)] = (number, record)
    n_accepted = {
        number: sum(owner == number for owner, _ in standing.values()) for number in n_rows
    }
    return {
        "refused": refused,
        "rejected": cells_rejected,
        "counts": {
            number: (
                n_rows[number],
                n_accepted[number],
                n_quarantined[number],
                n_rows[number] - n_accepted[number] - n_quarantined[number],
            )
            for number in n_rows
        },
        "staged": {key: _value(record) for key, (_, record) in standing.items()},
    }


@settings(max_examples=6, deadline=None)
@given(deliveries=DELIVERIES, max_share=SHARES, together=st.booleans())
def test_ingest_agrees_with_a_naive_recount(
    deliveries: list[list[tuple[dict[str, str], str]]], max_share: float, together: bool
) -> None:
    texts = [_written(rows) for rows in deliveries]
    expected = _recount(texts, max_share)
    with tempfile.TemporaryDirectory() as folder, landing(Path(folder), "shifts") as place:
        place.source = place.source.model_copy(update={"max_quarantined_share": max_share})
        for number, text in enumerate(texts):
            place.drop(f"d{number}.csv", text)
            if not together:
                place.refresh()
        report = place.refresh()
        assert not report.gate_refusals
        files = place.files()
        refused = {int(name[1]) for name, row in files.items() if row["status"] == "refused"}
        assert refused == expected["refused"]
        assert {
            int(name[1]): (
                row["n_rows"],
                row["n_accepted"],
                row["n_quarantined"],
                row["n_superseded"],
            )
            for name, row in files.items()
            if row["status"] == "loaded"
        } == expected["counts"]
        numbers = {row[0]: int(row[1][1]) for row in _ledger_files(place.con)}
        rejected = place.con.execute(
            "select file_id, line_number, rule, column_name from ledger.rejected_cell"
        ).fetchall()
        assert {(numbers[row[0]], *row[1:]) for row in rejected} == expected["rejected"]
        assert {
            (row["employee_id"], row["shift_date"]): (
                row["scheduled_hours"],
                row["absent_hours"],
                row["absence_type"],
            )
            for row in place.staged()
        } == expected["staged"]
        assert_invariant(place)


def _ledger_files(con: Any) -> list[tuple[int, str]]:
    return list(con.execute("select file_id, file from ledger.file").fetchall())
