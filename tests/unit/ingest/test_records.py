"""The independent record count against Python's own csv module."""

from __future__ import annotations

import csv
import io
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.config.mapping import SourceMapping
from pipelines.contracts.sources import load_contracts
from pipelines.core.errors import GateError
from pipelines.ingest.read import text_blocks
from pipelines.ingest.read.csv_records import find_records
from pipelines.ingest.read.delimited import read_delimited
from pipelines.ingest.read.delivery import LINE_NUMBER, Delivery
from pipelines.ingest.read.landing_folder import LandingFile
from pipelines.ingest.read.readers import read_delivery


@pytest.fixture(scope="module", autouse=True)
def _short_blocks() -> Iterator[None]:
    """Let every text here run over the borders of blocks, quoted values among them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_blocks, "BLOCK_BYTES", 3)
        yield


CELLS = st.text(alphabet=string.ascii_letters + ' ,;"\n\r\t0é', max_size=8)


def _naive(text: str) -> list[tuple[int, list[str]]]:
    """First physical line and fields of every record that isn't a blank line."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    found = []
    line = 1
    for fields in reader:
        if fields:
            found.append((line, fields))
        line = reader.line_num + 1
    return found


@settings(max_examples=200, deadline=None)
@given(
    rows=st.lists(st.lists(CELLS, min_size=3, max_size=5), min_size=1, max_size=8),
    line_end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_written_records_are_found_or_refused(
    rows: list[list[str]], line_end: str, quoting: int
) -> None:
    rows = [[cell.replace("\r", "") for cell in row] for row in rows]
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator=line_end, quoting=quoting).writerows(rows)  # type: ignore[arg-type]
    text = buffer.getvalue()
    try:
        records = find_records(text.encode(), ",")
    except GateError as error:
        assert "swallowed" in str(error)
        return
    naive = _naive(text)
    assert [len(fields) for _, fields in naive] == list(records.n_fields)
    assert [line for line, _ in naive] == list(records.lines)


@settings(max_examples=500, deadline=None)
@given(text=st.text(alphabet='ab,"\n\r', min_size=1, max_size=30))
def test_any_text_is_counted_as_csv_counts_it_or_refused(text: str) -> None:
    try:
        records = find_records(text.encode(), ",")
    except GateError:
        return
    naive = _naive(text)
    assert [len(fields) for _, fields in naive] == list(records.n_fields)
    assert [fields for _, fields in naive] == [
        next(csv.reader(io.StringIO(records.record(i), newline=""))) for i in range(len(records))
    ]


@settings(max_examples=150, deadline=None)
@given(
    rows=st.lists(
        st.tuples(*[st.text(alphabet='abü,"\n 0', max_size=6) for _ in range(4)]), max_size=8
    ),
    line_end=st.sampled_from(["\n", "\r\n"]),
    order=st.permutations(["employee_id", "separation_date", "separation_type", "reason"]),
)
def test_values_are_read_by_name_as_csv_reads_them(
    rows: list[tuple[str, ...]], line_end: str, order: list[str]
) -> None:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator=line_end)
    writer.writerow(order)
    writer.writerows(rows)
    file = LandingFile(Path("x.csv"), "x.csv", "csv", is_gzipped=False)
    source = load_contracts().source("attrition")
    try:
        delivery = read_delivery(buffer.getvalue().encode(), file, source)
    except GateError as error:
        assert "swallowed" in str(error)
        return
    naive = list(csv.DictReader(io.StringIO(buffer.getvalue(), newline="")))
    naive = [row for row in naive if any(value.strip() for value in row.values())]
    assert delivery.n_rows == len(naive)
    assert delivery.table.drop_columns(LINE_NUMBER).to_pylist() == naive


NOTES = (
    "left for:\npay, hours, distance, team",
    "1. pay,\n2. hours, 3. distance, 4. team, and so on",
    "said on 2024-05-01:\nno raise, no team, no thanks",
    "a\n\nb, c, d, e\n",
    'they said ""no""\nand, then, left, early',
    "x\r\ny, z, 2024-01-01, w",
)


@pytest.mark.parametrize("note", NOTES)
@pytest.mark.parametrize("delimiter", [",", ";"])
@pytest.mark.parametrize("n_rows", [0, 1, 60])
def test_a_note_of_several_lines_is_one_value(note: str, delimiter: str, n_rows: int) -> None:
    text = note.replace(",", delimiter).replace('""', '"')
    rows = [["101", "2024-06-01", "voluntary", text]]
    rows += [[str(200 + i), "2024-06-02", "other", "pay"] for i in range(n_rows)]
    delivery = _read("attrition", rows, delimiter)
    assert delivery.n_rows == n_rows + 1
    found = delivery.table.column("reason").to_pylist()[0]
    assert found.split() == text.split()


@pytest.mark.parametrize(
    "note",
    [
        "left\n102,2024-06-02,voluntary,pay",
        "left\n102,02.06.2024,voluntary,pay\n103,03.06.2024,voluntary,pay",
        "left\n102,2-Jun-24,voluntary,pay",
        "left\n102,2024-06-02T08:00:00Z,voluntary,pay",
        "left\n102,20240602,voluntary,pay",
    ],
)
def test_swallowed_rows_are_told(note: str) -> None:
    with pytest.raises(GateError, match=r"line 2 to line .* swallowed rows"):
        _read("attrition", [["101", "2024-06-01", "voluntary", note]], ",")


def test_a_source_without_dates_goes_by_the_digits_of_its_other_rows() -> None:
    rows = [["101", "acd", "x 7"], ["102", "acd", "x 8\na, b, c"], ["103", "acd", "x 9"]]
    assert _read("people", rows, ",").n_rows == 3
    rows[1][2] = "x 8\n104,crm,x 1"
    with pytest.raises(GateError, match="swallowed"):
        _read("people", rows, ",")


def _read(source: str, rows: list[list[str]], delimiter: str) -> Delivery:
    contract = load_contracts().source(source)
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator="\n")
    names = ("separation_type", "reason") if source == "attrition" else ()
    columns = ["employee_id", "separation_date", *names] if names else contract.required_columns
    writer.writerow(columns)
    writer.writerows(rows)
    return read_delimited(buffer.getvalue().encode(), delimiter, contract, SourceMapping())
