"""A time where a date is wanted: its day, whatever the kind of file, never a refused row."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.config.mapping import SourceMapping
from pipelines.config.settings import parse_settings
from pipelines.contracts.sources import load_contracts
from pipelines.ingest.profile.dry_run import try_mapping
from pipelines.ingest.profile.propose_mapping import profile
from pipelines.ingest.read.parquet import read_parquet
from pipelines.ingest.validate.error_hints import likely_formats
from tests.unit.ingest.landing import assert_invariant, landing
from tests.unit.ingest.workbooks import workbook

HEADER = ("employee_id", "course", "completed_on")


@pytest.mark.parametrize(
    ("declared", "read"),
    [
        (
            {},
            {
                "2024-03-05 08:36:00": dt.date(2024, 3, 5),
                "2024-03-05T23:59:59.123456789": dt.date(2024, 3, 5),
                "2024-03-05T08:36": dt.date(2024, 3, 5),
                "2024-03-05T02:00:00Z": dt.date(2024, 3, 4),
                "2024-03-05 02:00:00+02:00": dt.date(2024, 3, 4),
                "2024-03-04 23:30:00 -0800": dt.date(2024, 3, 5),
                "2024-03-05 25:36:00": None,
                "2024-02-30 08:36:00": None,
                "2024-03-05 morning": None,
                "2024-03-05 08:36:00 EST": None,
            },
        ),
        (
            {"timestamp_format": "%d.%m.%Y %H:%M"},
            {"5.3.2024 23:59": dt.date(2024, 3, 5), "5.3.2024 24:59": None},
        ),
        (
            {"timestamp_format": "%m/%d/%Y %I:%M:%S %p"},
            {"3/5/2024 12:05:09 AM": dt.date(2024, 3, 5)},
        ),
        ({"date_format": "%d.%m.%Y"}, {"2024-03-05 08:36": dt.date(2024, 3, 5)}),
    ],
)
def test_a_time_in_a_date_column_is_read_as_its_day(
    tmp_path: Path, declared: dict[str, Any], read: dict[str, dt.date | None]
) -> None:
    with landing(tmp_path, "training", **declared) as place:
        place.con.execute("set timezone = 'America/New_York'")
        rows = [f"X{n},c,{text}" for n, text in enumerate(read)]
        rows += [f"E{i},c,2024-01-01" for i in range(100)]
        place.drop("a.csv", "\n".join([",".join(HEADER), *rows, ""]))
        report = place.refresh()
        found = {row["employee_id"]: row["completed_on"] for row in place.staged()}
        for n, (text, day) in enumerate(read.items()):
            assert found.get(f"X{n}") == day, text
        assert report.n_quarantined == list(read.values()).count(None)
        assert_invariant(place)


@pytest.mark.parametrize(
    ("unit", "zone", "day"),
    [
        ("s", None, dt.date(2024, 3, 5)),
        ("ms", "UTC", dt.date(2024, 3, 4)),
        ("us", "UTC", dt.date(2024, 3, 4)),
        ("ns", None, dt.date(2024, 3, 5)),
    ],
)
def test_times_of_a_database_in_parquet(
    tmp_path: Path, unit: str, zone: str | None, day: dt.date
) -> None:
    moment = pa.array([dt.datetime(2024, 3, 5, 2, 30)], pa.timestamp(unit, zone))
    buffer = io.BytesIO()
    pq.write_table(pa.table(dict(zip(HEADER, ([1], ["c"], moment), strict=True))), buffer)
    with landing(tmp_path, "training") as place:
        place.con.execute("set timezone = 'America/New_York'")
        place.drop("a.parquet", buffer.getvalue())
        assert place.refresh().n_accepted == 1
        assert place.staged()[0]["completed_on"] == day


def test_times_in_a_workbook(tmp_path: Path) -> None:
    moments = [dt.datetime(2024, 3, 5, 0, 0), dt.datetime(2024, 3, 6, 8, 36, 12)]
    rows = [[f"E{i}", "c", moment] for i, moment in enumerate(moments)]
    with landing(tmp_path, "training") as place:
        place.drop("a.xlsx", workbook({"Tab": [HEADER, *rows]}))
        assert place.refresh().n_accepted == 2
        assert [row["completed_on"] for row in place.staged()] == [m.date() for m in moments]


@pytest.mark.parametrize(
    ("text", "formats"),
    [
        ("25/10/2024 14:05", ["%d/%m/%Y %H:%M"]),
        ("10/25/2024 2:05 PM", ["%m/%d/%Y %I:%M %p"]),
        ("25.10.24 14:05:09", ["%d.%m.%y %H:%M:%S"]),
        ("25/10/2024 noon", []),
    ],
)
def test_what_to_declare_is_a_format_that_the_settings_take(text: str, formats: list[str]) -> None:
    assert likely_formats(text) == formats
    for form in formats:
        parse_settings({"mapping": {"training": {"timestamp_format": form}}})


def test_a_refused_time_names_the_key_for_times(tmp_path: Path) -> None:
    with landing(tmp_path, "training") as place:
        place.drop("a.csv", f"{','.join(HEADER)}\nX,c,10/25/2024 2:05 PM\n")
        (reason,) = place.refresh().delivery_refusals
        assert 'declare timestamp_format under [mapping.training] in settings.toml: "%m/' in reason


@pytest.mark.parametrize(
    "form", ["%m/%d/%Y %I:%M:%S %p", "%d.%m.%Y %H:%M", "%d.%m.%y %H:%M:%S", "%Y-%m-%d %H:%M:%S"]
)
def test_what_the_profile_proposes_for_times_loads_the_file(tmp_path: Path, form: str) -> None:
    days = [dt.datetime(2024, 1, 1 + number, 14, 5, number) for number in range(28)]
    rows = "".join(f"E{i},c,{day.strftime(form)}\n" for i, day in enumerate(days))
    path = tmp_path / "t.csv"
    path.write_text(f"{','.join(HEADER)}\n{rows}")
    proposal = profile(path, "training")
    mapping = parse_settings({"mapping": {"training": proposal.declared}}).mapping.get(
        "training", SourceMapping()
    )
    outcome = try_mapping(path, load_contracts().source("training"), mapping)
    assert outcome == ["28 rows read, 0 break a rule"]


def test_a_column_of_days_and_one_of_times_are_both_proposed(tmp_path: Path) -> None:
    rows = "".join(f"{i},E,{i}.01.2024{' 08:00' if i % 2 else ''},olbi\n" for i in range(1, 29))
    path = tmp_path / "f.csv"
    path.write_text("response_id,employee_id,submitted_on,instrument\n" + rows)
    assert profile(path, "fatigue_surveys").declared == {
        "date_format": "%d.%m.%Y",
        "timestamp_format": "%d.%m.%Y %H:%M",
    }


def test_a_parquet_file_of_a_quarter_without_a_row_is_sound() -> None:
    """Exports by quarter bring one where nothing happened; it was refused as no Parquet file."""
    schema = pa.schema([("employee_id", pa.string()), ("course", pa.string()),
                        ("completed_on", pa.date32())])  # fmt: skip
    file = io.BytesIO()
    pq.write_table(schema.empty_table(), file, row_group_size=1)
    source = load_contracts().source("training")
    assert read_parquet(file.getvalue(), source, SourceMapping()).table.num_rows == 0
