"""The quick way through regular files sees what the thorough way sees, or leaves it to that."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import event, given, settings
from hypothesis import strategies as st

from pipelines.contracts.sources import load_contracts
from pipelines.core.errors import GateError
from pipelines.ingest.read import delimited
from pipelines.ingest.read.csv_records import MAX_RECORD_BYTES, count_regular_lines
from pipelines.ingest.read.delivery import Delivery
from pipelines.ingest.read.readers import CANONICAL

SOURCE = load_contracts().source("attrition")
HEADER = "employee_id,separation_date,separation_type"
CELLS = st.sampled_from(
    ["", "E1", " E1 ", "2024-01-01", "é", "a\tb", "x" * 40, '"q"', "it's", "\r"]
)
LINES = st.lists(st.lists(CELLS, min_size=1, max_size=4).map(",".join), max_size=6)
ENDS = st.sampled_from(["\n", "\n", "\r\n", "\r", "\n\n"])


def _thoroughly(text: bytes) -> Delivery | str:
    try:
        return delimited._read_any(text, ",", SOURCE, CANONICAL)
    except GateError as error:
        return str(error)


def _quickly(text: bytes) -> Delivery | None:
    return delimited._read_regular(text, ",", SOURCE, CANONICAL)


@settings(deadline=None)
@given(LINES, ENDS, st.booleans())
def test_what_is_read_quickly_is_what_is_read_thoroughly(
    lines: list[str], end: str, ends_with_end: bool
) -> None:
    text = (end.join([HEADER, *lines]) + (end if ends_with_end else "")).encode()
    quick = _quickly(text)
    event("quick" if quick else "left to the thorough way")
    if quick is None:
        return
    thorough = _thoroughly(text)
    assert isinstance(thorough, Delivery)
    assert quick.broken == thorough.broken == ()
    assert (quick.columns, quick.notes) == (thorough.columns, thorough.notes)
    as_text = [
        pa.table(
            [column.cast(_plain(column)) for column in found.table.columns],
            found.table.column_names,
        )
        for found in (quick, thorough)
    ]
    assert as_text[0].equals(as_text[1])


def _plain(column: pa.ChunkedArray) -> pa.DataType:
    return column.type.value_type if pa.types.is_dictionary(column.type) else column.type


def test_a_plain_export_takes_the_quick_way() -> None:
    for end in ("\n", "\r\n"):
        text = end.join([HEADER, "E1,2024-01-01,other", "E2,,", ""]).encode()
        assert _quickly(text) is not None


def test_overlong_lines_are_left_to_the_thorough_way() -> None:
    longest = "x" * MAX_RECORD_BYTES
    assert count_regular_lines(f"a\n{longest}\nb\n".encode()) == 3
    assert count_regular_lines(f"a\n{longest}x\nb\n".encode()) is None
    assert count_regular_lines(f"a\n{longest}x".encode()) is None
