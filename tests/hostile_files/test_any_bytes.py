"""No input to any reader, under any mapping, loses a row silently or raises a foreign error."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import tempfile
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.contracts.sources import load_contracts
from pipelines.core.errors import PipelineError
from pipelines.ingest.profile.propose_mapping import profile
from pipelines.ingest.read.landing_folder import look_into
from pipelines.ingest.read.readers import read_delivery
from tests.unit.ingest.landing import assert_invariant, declared, landing
from tests.unit.ingest.workbooks import workbook

COLUMNS = ["employee_id", "separation_date", "separation_type", "reason"]
ENDINGS = [
    *("csv", "csv.gz", "tsv", "tsv.gz", "jsonl", "jsonl.gz", "ndjson", "ndjson.gz"),
    *("parquet", "xlsx", "tombstone.csv", "tombstone.xlsx"),
]
MAPPINGS: list[dict[str, Any]] = [
    {},
    {"encoding": "utf-16", "delimiter": ";"},
    {"encoding": "utf-16-be"},
    {"encoding": "cp1252", "delimiter": "\t", "decimal": ",", "date_format": "%d.%m.%y"},
    {"encoding": "latin-1", "delimiter": "|", "columns": {"a": "employee_id", "b": "reason"}},
    {"sheet": "S", "values": {"reason": {"a": "b", "c": ""}}, "thousands": ","},
]
TORTURED = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.data_too_large]
)


def _seeds() -> list[bytes]:
    rows = [COLUMNS, ["E1", "2024-01-01", "other", 'a "b"\nc'], ["E2", "05.01.24", "x", "ü"]]
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows(rows)
    text = buffer.getvalue().encode()
    lines = "".join(json.dumps(dict(zip(COLUMNS, row, strict=True))) + "\n" for row in rows[1:])
    return [
        text,
        gzip.compress(text, mtime=0),
        text.decode().encode("utf-16"),
        lines.encode(),
        gzip.compress(lines.encode(), mtime=0),
        workbook({"S": rows, "T": [["x"]]}),
    ]


SEEDS = _seeds()


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A sound file with bytes changed, cut out, doubled or put in; or bytes from nowhere."""
    if draw(st.booleans()) and draw(st.booleans()):
        return draw(st.binary(max_size=200))
    content = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(0, 4))):
        place = draw(st.integers(0, len(content)))
        kind = draw(st.sampled_from(["change", "cut", "double", "insert"]))
        length = draw(st.integers(1, 40))
        if kind == "change" and place < len(content):
            content[place] = draw(st.integers(0, 255))
        elif kind == "cut":
            del content[place : place + length]
        elif kind == "double":
            content[place:place] = content[place : place + length]
        else:
            content[place:place] = draw(st.binary(max_size=8))
    return bytes(content)


@TORTURED
@given(content=damaged(), ending=st.sampled_from(ENDINGS), mapping=st.sampled_from(MAPPINGS))
def test_readers_raise_nothing_but_our_own_errors(
    content: bytes, ending: str, mapping: dict[str, Any]
) -> None:
    source = load_contracts().source("attrition")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / f"x.{ending}").write_bytes(content)
        (file,) = look_into(Path(folder)).files
    try:
        delivery = read_delivery(content, file, source, declared("attrition", **mapping))
    except PipelineError as error:
        assert str(error)
        return
    assert delivery.n_rows == delivery.table.num_rows + len(delivery.broken)


@settings(TORTURED, max_examples=60)
@given(content=damaged(), ending=st.sampled_from(ENDINGS))
def test_the_profile_of_any_bytes_is_a_mapping_or_our_own_error(
    content: bytes, ending: str
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"x.{ending}"
        path.write_bytes(content)
        try:
            proposal = profile(path)
        except PipelineError as error:
            assert str(error)
            return
    assert isinstance(tomllib.loads(proposal.toml())["mapping"], dict)


def _the_ledger_adds_up(files: list[tuple[bytes, str]], mappings: list[dict[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder, landing(Path(folder), "attrition") as place:
        contract = place.source.model_copy(update={"max_quarantined_share": 1.0})
        place.source = contract
        for mapping in mappings:
            place.mapping = declared("attrition", **mapping)
            for number, (content, ending) in enumerate(files):
                place.drop(f"f{number}.{ending}", content)
            place.refresh()
            assert len(place.files()) == len(files)
            assert all(row["reason"] for row in place.files().values() if row["status"] != "loaded")
            assert_invariant(place)


LANDED = given(
    files=st.lists(st.tuples(damaged(), st.sampled_from(ENDINGS)), min_size=1, max_size=4),
    mappings=st.lists(st.sampled_from(MAPPINGS), min_size=1, max_size=2),
)
test_whatever_lands_the_ledger_adds_up = settings(TORTURED, max_examples=12)(
    LANDED(_the_ledger_adds_up)
)
test_whatever_lands_many_times_the_ledger_adds_up = pytest.mark.slow(
    settings(TORTURED, max_examples=80)(LANDED(_the_ledger_adds_up))
)


@settings(max_examples=100, deadline=None)
@given(
    rows=st.lists(
        st.lists(st.text(alphabet="aü,;\t|\"\n' 0", max_size=6), min_size=4, max_size=4),
        max_size=6,
    ),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    encoding=st.sampled_from(["utf-8", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1"]),
)
def test_every_encoding_and_delimiter_gives_the_values_that_were_written(
    rows: list[list[str]], delimiter: str, encoding: str
) -> None:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=delimiter, lineterminator="\n").writerows([COLUMNS, *rows])
    source = load_contracts().source("attrition")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "x.csv").touch()
        (file,) = look_into(Path(folder)).files
    mapping = declared("attrition", delimiter=delimiter, encoding=encoding)
    try:
        delivery = read_delivery(buffer.getvalue().encode(encoding), file, source, mapping)
    except PipelineError as error:
        assert "swallowed" in str(error)
        return
    found = [list(row) for row in zip(*_columns(delivery.table), strict=True)]
    assert [[cell.strip() for cell in row] for row in found] == [
        [cell.strip() for cell in row] for row in rows if any(cell.strip() for cell in row)
    ]


def _columns(table: Any) -> list[list[str]]:
    return [table.column(name).to_pylist() for name in COLUMNS]


@settings(max_examples=40, deadline=None)
@given(
    rows=st.lists(
        st.lists(
            st.one_of(st.none(), st.text(alphabet="aü,\n\"'0 /", max_size=5), st.integers(0, 9)),
            min_size=4,
            max_size=4,
        ),
        max_size=6,
    ),
    n_titles=st.integers(0, 3),
)
def test_every_filled_row_of_a_sheet_is_read(rows: list[list[Any]], n_titles: int) -> None:
    content = workbook({"S": [*([["title"]] * n_titles), COLUMNS, *rows]})
    source = load_contracts().source("attrition")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "x.xlsx").touch()
        (file,) = look_into(Path(folder)).files
    delivery = read_delivery(content, file, source)
    expected = [
        ["" if cell is None else str(cell).strip() for cell in row]
        for row in rows
        if any(str(cell).strip() for cell in row if cell is not None)
    ]
    assert [list(row) for row in zip(*_columns(delivery.table), strict=True)] == expected


def test_flipped_bits_in_a_workbook_are_found_or_do_no_harm() -> None:
    source = load_contracts().source("attrition")
    book = SEEDS[-1]
    chance = random.Random(7)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "x.xlsx").touch()
        (file,) = look_into(Path(folder)).files
    n_refused = 0
    for _ in range(100):
        flipped = bytearray(book)
        flipped[chance.randrange(len(book))] ^= 1 << chance.randrange(8)
        try:
            delivery = read_delivery(bytes(flipped), file, source)
        except PipelineError:
            n_refused += 1
            continue
        assert delivery.table.column("employee_id").to_pylist() == ["E1", "E2"]
    assert n_refused > 60
