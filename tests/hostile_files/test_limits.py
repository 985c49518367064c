"""What a file may unpack to: counted, not believed; and what it costs to refuse a bomb."""

from __future__ import annotations

import gzip
import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.config.settings import Limits, load_settings
from pipelines.core.errors import GateError
from pipelines.ingest.read.zip_package import unpack
from tests.integration.refreshing import program
from tests.unit.ingest.landing import landing
from tests.unit.ingest.workbooks import changed, workbook

COLUMNS = ["employee_id", "separation_date", "separation_type"]
ROW = ["E1", "2024-01-01", "other"]
BOOK = workbook({"Exits": [COLUMNS, ROW]})
STRINGS, SHEET = "xl/sharedStrings.xml", "xl/worksheets/sheet1.xml"
SPLIT = "split it and drop the parts"
MOST_MEGABYTES = 300
"""By which a refusal may let the process grow; a bomb that was believed costs a gigabyte."""


def slow(name: str) -> Any:
    return pytest.param(name, marks=pytest.mark.slow)


def read_apart(tmp_path: Path, name: str, content: bytes, sound: bytes) -> tuple[str, int]:
    """What reading a file says, and by how many megabytes a process of its own grows with it."""
    for file, data in ((name, content), ("sound" + Path(name).suffix, sound)):
        (tmp_path / file).write_bytes(data)
    sound_file = tmp_path / ("sound" + Path(name).suffix)
    ended = program("reads_a_file", str(tmp_path / name), str(sound_file))
    assert ended.status == 0, ended.output
    said, grown = ended.output.strip().rsplit("\n", 1)
    return said, int(grown)


def deflated(start: bytes, repeated: bytes, n_times: int, end: bytes) -> tuple[bytes, int, int]:
    """A long part packed without ever being held: packed bytes, their checksum, their length."""
    packer, crc, size, pieces = zlib.compressobj(9, zlib.DEFLATED, -15), 0, 0, []
    block, n_blocks = repeated * 1000, n_times // 1000
    for piece in (start, *([block] * n_blocks), end):
        pieces.append(packer.compress(piece))
        crc, size = zlib.crc32(piece, crc), size + len(piece)
    return b"".join([*pieces, packer.flush()]), crc, size


def with_part(
    book: bytes, part: str, packed: bytes, *, crc: int, claimed: int, filler: int = 0
) -> bytes:
    """The workbook with a part in raw form: what its package says of it needn't be true."""
    buffer, directory, n_entries = io.BytesIO(), b"", 0

    def enter(name: str, data: bytes, crc: int, size: int, method: int) -> None:
        nonlocal directory, n_entries
        told = struct.pack("<HHHHHIIIHH", 20, 0, method, 0, 33, crc, len(data), size, len(name), 0)
        place = buffer.tell()
        buffer.write(b"PK\x03\x04" + told + name.encode() + data)
        rest = struct.pack("<HHHII", 0, 0, 0, 0, place)
        directory += b"PK\x01\x02" + struct.pack("<H", 20) + told + rest + name.encode()
        n_entries += 1

    with zipfile.ZipFile(io.BytesIO(book)) as old:
        for entry in old.infolist():
            if entry.filename != part:
                data = old.read(entry)
                enter(entry.filename, data, zlib.crc32(data), len(data), zipfile.ZIP_STORED)
    enter(part, packed, crc, claimed, zipfile.ZIP_DEFLATED)
    if filler:  # a file of some size may unpack to more
        enter("xl/media/a.bin", bytes(filler), zlib.crc32(bytes(filler)), filler, 0)
    start = buffer.tell()
    sizes = struct.pack("<HHHHIIH", 0, 0, n_entries, n_entries, len(directory), start, 0)
    buffer.write(directory + b"PK\x05\x06" + sizes)
    return buffer.getvalue()


@cache
def _string_bomb() -> tuple[bytes, int, int, int, int]:
    """A gigabyte of one shared string in a megabyte; checksum and length of its first bytes."""
    start = b'<?xml version="1.0"?><sst><si><t>'
    packed, crc, size = deflated(start, b"x" * 1024, 1 << 20, b"</t></si></sst>")
    return packed, crc, size, zlib.crc32(start), len(start)


@pytest.mark.parametrize(
    "claim", ["small", *(slow(each) for each in ("true", "none", "small and checked", "4 GB"))]
)
def test_a_workbook_that_lies_of_its_sizes_costs_next_to_nothing(
    tmp_path: Path, claim: str
) -> None:
    packed, crc, size, crc_of_start, n_start = _string_bomb()
    claims = {
        "true": (crc, size),
        "none": (crc, 0),
        "small": (crc, 60_000_000),
        "small and checked": (crc_of_start, n_start),
        "4 GB": (crc, 0xFFFFFFF0),
    }
    content = with_part(BOOK, STRINGS, packed, crc=claims[claim][0], claimed=claims[claim][1])
    assert len(content) < 1_500_000
    said, grown = read_apart(tmp_path, "bomb.xlsx", content, BOOK)
    expected = "unpacks to more than" if claim in ("true", "4 GB") else "sound Excel workbook"
    assert said.startswith("refused: ") and expected in said
    assert grown < MOST_MEGABYTES


PARTS: dict[str, tuple[str, bytes, bytes, int, bytes, str]] = {
    "many strings": (
        STRINGS, b"<sst>", b"<si/>", 6_000_000, b"</sst>", "different texts"),
    "many runs": (
        STRINGS, b"<sst><si>", b"<r/>", 10_000_000, b"</si></sst>", "be read|isn't a sound"),
    "deep": (
        SHEET, b"<worksheet>", b"<a>", 10_000_000, b"</worksheet>", "nested too deep"),
    "sparse": (
        SHEET, b'<worksheet><row r="1"><c r="A1"/></row><row r="1000000"><c r="O1000000"/></row>',
        b" ", 1000, b"</worksheet>", "of its cells only 2 are used"),
}  # fmt: skip


@pytest.mark.parametrize(
    "name", ["sparse", *(slow(each) for each in ("many strings", "many runs", "deep"))]
)
def test_a_workbook_of_empty_elements_builds_no_tree(tmp_path: Path, name: str) -> None:
    part, start, repeated, n_times, end, expected = PARTS[name]
    packed, crc, size = deflated(start, repeated, n_times, end)
    content = with_part(BOOK, part, packed, crc=crc, claimed=size, filler=900_000)
    assert len(content) < 1_500_000
    said, grown = read_apart(tmp_path, "bomb.xlsx", content, BOOK)
    assert said.startswith("refused: ")
    assert any(words in said for words in expected.split("|")), said
    assert grown < 2.5 * MOST_MEGABYTES  # the parts themselves may have 200 times the file


def test_a_workbook_with_ten_thousand_parts_is_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        for number in range(10_001):
            package.writestr(f"xl/{number}.xml", b"")
    with pytest.raises(GateError, match="more than 10,000 parts"):
        unpack(buffer.getvalue(), Limits())


def test_other_compression_than_that_of_excel_is_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_BZIP2) as package:
        package.writestr("xl/workbook.xml", b"<workbook/>")
    with pytest.raises(GateError, match="compression isn't Excel's"):
        unpack(buffer.getvalue(), Limits())


def test_a_cell_far_out_is_refused_where_little_else_is_there(tmp_path: Path) -> None:
    rows = [[COLUMNS[0]] * 40] * 10
    with landing(tmp_path, "attrition") as place:
        far = workbook({"Exits": rows})
        cells = b'<row r="60000"><c r="AN60000"><v>1</v></c></row></sheetData>'
        place.drop("far.xlsx", changed(far, SHEET, lambda part: part.replace(
            b"</sheetData>", cells)))  # fmt: skip
        assert "of its cells only 401 are used" in place.refresh().gate_refusals[0]


def _parquet(columns: dict[str, pa.Array], **options: object) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer, **options)
    return buffer.getvalue()


def _exits(n_rows: int, **others: pa.Array) -> dict[str, pa.Array]:
    return {name: pa.repeat(value, n_rows) for name, value in zip(COLUMNS, ROW, strict=True)} | (
        others
    )


def _repeated_text() -> bytes:
    """One text of a million letters, repeated in 100,000 rows: 100 GB as text."""
    text = pa.DictionaryArray.from_arrays(pa.array([0] * 100_000, pa.int32()), ["x" * 1_000_000])
    return _parquet(_exits(100_000, note=text))


def test_a_long_text_in_every_row_is_refused_before_it_is_repeated(tmp_path: Path) -> None:
    said, grown = read_apart(tmp_path, "a.parquet", _repeated_text(), _parquet(_exits(3)))
    assert said.startswith("refused: ") and "unpacks to more than 4,096 MB" in said, said
    assert SPLIT in said.lower()
    assert grown < MOST_MEGABYTES


def test_texts_that_share_their_beginnings_are_counted_in_full(tmp_path: Path) -> None:
    content = _parquet(
        _exits(300, note=pa.repeat("x" * 100_000, 300)),
        use_dictionary=False,
        column_encoding={"note": "DELTA_BYTE_ARRAY"},
        write_statistics=False,
    )
    assert len(content) < 1_000_000
    with landing(tmp_path, "attrition") as place:
        place.limits = Limits(unpacked_megabytes=10)
        place.drop("a.parquet", content)
        assert "unpacks to more than 10 MB" in place.refresh().gate_refusals[0]


def test_a_parquet_file_without_rows_is_sound(tmp_path: Path) -> None:
    with landing(tmp_path, "attrition") as place:
        place.drop("a.parquet", _parquet(_exits(0)))
        assert place.refresh().gate_refusals == ()


def test_pages_are_added_up_whatever_the_footer_says(tmp_path: Path) -> None:
    n_rows = 12_000_000
    content = _parquet(
        _exits(n_rows, note=pa.array(memoryview(bytes(8 * n_rows)).cast("q"))),
        compression="zstd",
        use_dictionary=COLUMNS,
        write_statistics=False,
        row_group_size=n_rows,
    )
    assert len(content) < 300_000
    metadata = pq.read_metadata(io.BytesIO(content))
    chunk = metadata.row_group(0).column(3)
    told = _varint(chunk.total_uncompressed_size)
    lied = _varint(1000)
    padded = lied[:-1] + bytes([lied[-1] | 0x80]) + b"\x80" * (len(told) - len(lied) - 1) + b"\0"
    footer = content.rindex(told)
    forged = content[:footer] + padded + content[footer + len(told) :]
    assert pq.read_metadata(io.BytesIO(forged)).row_group(0).column(3).total_uncompressed_size == (
        1000
    )
    said, grown = read_apart(tmp_path, "pages.parquet", forged, _parquet(_exits(3)))
    assert said.startswith("refused: ") and "unpacks to more than 64 MB" in said, said
    assert grown < 100


def _varint(number: int) -> bytes:
    """A whole number as Thrift writes it."""
    number, found = number << 1, b""
    while number > 0x7F:
        found += bytes([number & 0x7F | 0x80])
        number >>= 7
    return found + bytes([number])


ROWS_OF: dict[str, Callable[[int], bytes]] = {
    "a.parquet": lambda n: _parquet(_exits(n)),
    "a.csv": lambda n: _csv(n),
    "a.csv.gz": lambda n: gzip.compress(_csv(n)),
    "a.jsonl": lambda n: (json.dumps(dict(zip(COLUMNS, ROW, strict=True))) + "\n").encode() * n,
    "a.xlsx": lambda n: workbook({"Exits": [COLUMNS, *[ROW] * n]}),
}


def _csv(n_rows: int) -> bytes:
    return "".join(",".join(row) + "\n" for row in [COLUMNS, *[ROW] * n_rows]).encode()


@pytest.mark.parametrize("name", ROWS_OF)
def test_rows_are_limited_by_the_settings(tmp_path: Path, name: str) -> None:
    with landing(tmp_path, "attrition") as place:
        place.limits = Limits(rows_per_file=100)
        place.drop(name, ROWS_OF[name](101))
        (reason,) = place.refresh().gate_refusals
        assert reason == (
            f"attrition/{name}: the file has more than 100 rows; at most so many are taken "
            "([limits] rows_per_file in settings.toml). Split it and drop the parts"
        )
        assert place.files()[name]["status"] == "refused"
        place.drop(name, ROWS_OF[name](100))
        report = place.refresh()
        assert (report.gate_refusals, report.n_rows) == ((), 100)


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.parquet", "a.xlsx"])
def test_bytes_are_limited_by_the_settings(tmp_path: Path, name: str) -> None:
    contents = {
        "a.csv": _csv(60_000),
        "a.csv.gz": gzip.compress(_csv(60_000)),
        "a.parquet": _parquet(_exits(100_000)),
        "a.xlsx": workbook({"Exits": [COLUMNS, *[ROW] * 20_000]}),
    }
    with landing(tmp_path, "attrition") as place:
        place.limits = Limits(unpacked_megabytes=1)
        place.drop(name, contents[name])
        (reason,) = place.refresh().gate_refusals
        assert "more than 1 MB; at most so many are taken ([limits] unpacked_megabytes" in reason
        assert reason.endswith("Split it and drop the parts")
        place.limits = Limits()
        assert place.refresh().gate_refusals == ()


def test_many_values_in_lists_are_refused(tmp_path: Path) -> None:
    values = pa.ListArray.from_arrays([0, 6_000_000], pa.repeat(1, 6_000_000))
    with landing(tmp_path, "attrition") as place:
        place.drop("a.parquet", _parquet(_exits(1, tags=values)))
        assert "5,000,000 values in lists" in place.refresh().gate_refusals[0]


def test_many_columns_are_refused(tmp_path: Path) -> None:
    others = {f"c{number}": pa.array([1]) for number in range(2_000)}
    with landing(tmp_path, "attrition") as place:
        place.drop("a.parquet", _parquet(_exits(1, **others)))
        assert "2,003 columns; at most 2,000" in place.refresh().gate_refusals[0]


def test_limits_stand_in_the_settings(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("[limits]\nrows_per_file = 7\n")
    assert load_settings(file).limits == Limits(rows_per_file=7, unpacked_megabytes=4096)
