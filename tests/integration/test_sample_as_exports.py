"""The sample centre as ten exports: staged as its canonical files, but for what is told."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import polars as pl
import pytest

from bench.export_bounds import beyond_bounds
from pipelines.core.warehouse import Connection, fetch
from pipelines.measurement.instruments import load_instruments
from pipelines.measurement.scoring import score
from pipelines.simulation.__main__ import main
from pipelines.simulation.exports.company60 import FEEDS
from tests.unit.ingest.feeds import feeds

SIZE = ["--agents", "60", "--months", "8", "--seed", "7"]
Staged = dict[str, pl.DataFrame]
SOURCES = ("roster", "attrition", "coaching_sessions", "fatigue_surveys", "shifts", "training")


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The exports' workspace; what is staged of them is in `both`."""
    return tmp_path_factory.mktemp("exports")


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory, exports: Path) -> tuple[Staged, Staged]:
    """What is staged of the canonical files, and of the exports."""
    canonical = tmp_path_factory.mktemp("canonical")
    return _staged(canonical, []), _staged(exports, ["--as", "company60"])


def _staged(root: Path, layout: list[str]) -> Staged:
    assert main(["--landing", str(root / "landing"), *SIZE, *layout]) == 0
    with feeds(root) as place:
        reports = place.refresh()
        for report in reports.values():
            assert (report.n_quarantined, report.gate_refusals) == (0, ()), report
            assert report.delivery_refusals == ()
        return {name: _table(place.con, name) for name in (*SOURCES, "performance")}


def _table(con: Connection, source: str) -> pl.DataFrame:
    return fetch(con, f"select * exclude (file_id, line_number) from staging.{source}")


def test_the_settings_are_short() -> None:
    assert len(FEEDS) + 1 <= 20


@pytest.mark.parametrize("source", ["attrition", "shifts", "training"])
def test_events_are_the_same(both: tuple[Staged, Staged], source: str) -> None:
    canonical, exported = (each[source] for each in both)
    assert canonical.height > 10
    assert (
        exported.select(sorted(exported.columns))
        .sort(pl.all())
        .equals(canonical.select(sorted(canonical.columns)).sort(pl.all()))
    )


def test_sessions_are_the_same_but_for_their_numbers(both: tuple[Staged, Staged]) -> None:
    canonical, exported = (
        each["coaching_sessions"]
        .drop("session_id", "extra", strict=False)
        .sort("employee_id", "started_at")
        for each in both
    )
    assert exported.select(canonical.columns).equals(canonical)
    assert both[1]["coaching_sessions"]["session_id"].is_unique().all()


def test_everybody_is_there_as_they_are_now(both: tuple[Staged, Staged]) -> None:
    canonical, exported = (each["roster"].drop("extra") for each in both)
    now = canonical.sort("effective_date").unique("employee_id", keep="last")
    now = now.with_columns(effective_date="hire_date").sort("employee_id")
    assert exported.sort("employee_id").select(now.columns).equals(now)


def test_weeks_are_as_close_as_days_and_answers_allow(both: tuple[Staged, Staged]) -> None:
    key = ["employee_id", "week_start"]
    canonical, exported = (each["performance"].sort(key) for each in both)
    same = [*key, "contacts_handled", "quality_score", "csat_responses"]
    assert exported.select(same).equals(canonical.select(same))
    apart = {
        name: (exported[name] - canonical[name]).abs()
        for name in ("handle_seconds", "csat_mean", "first_contact_resolution")
    }
    half = 0.5 / canonical["csat_responses"] + 1e-9
    assert apart["handle_seconds"].max() < 0.001
    assert (apart["csat_mean"] <= half).all()
    assert (apart["first_contact_resolution"] <= half).all()
    assert exported["difficult_contacts"].is_null().all()


def test_answers_score_as_close_as_statements_allow(both: tuple[Staged, Staged]) -> None:
    canonical, exported = (each["fatigue_surveys"].sort("response_id") for each in both)
    same = ["response_id", "employee_id", "submitted_on", "morale"]
    assert exported.select(same).equals(canonical.select(same))
    items = pl.DataFrame(
        [
            {"response_id": who, **json.loads(extra)}
            for who, extra in exported.select("response_id", "extra").iter_rows()
        ],
        infer_schema_length=None,
    )
    olbi = load_instruments()["olbi"]
    scored = score(items, olbi)
    for scale, column in (("exhaustion", "emotional_exhaustion"), ("disengagement", "cynicism")):
        found = scored.filter(pl.col("scale") == scale).sort("response_id")["score_0_100"]
        told = canonical[column]
        assert (found.is_null() == told.is_null()).all()
        assert (found - told).abs().max() <= 100 / 24 / 2 + 1e-9


@pytest.mark.parametrize("source", [*SOURCES, "performance"])
def test_what_differs_is_what_the_files_say(
    source: str, both: tuple[Staged, Staged], exports: Path
) -> None:
    canonical, made = (each[source] for each in both)
    assert beyond_bounds(source, (made, canonical), exports / "landing") == []


@pytest.mark.parametrize(
    ("source", "column", "value"),
    [
        ("performance", "csat_mean", 3.21),
        ("performance", "first_contact_resolution", 0.5001),
        ("performance", "csat_responses", 99),
        ("fatigue_surveys", "extra", '{"item_1":"1"}'),
        ("fatigue_surveys", "stress", 3.0),
        ("shifts", "absent_hours", 1.25),
        ("shifts", "absence_type", "sick"),
        ("roster", "effective_date", dt.date(2024, 1, 1)),
        ("coaching_sessions", "session_id", None),
    ],
)
def test_one_value_that_the_files_do_not_say_is_told(
    source: str, column: str, value: object, both: tuple[Staged, Staged], exports: Path
) -> None:
    canonical, made = (each[source] for each in both)
    is_first = pl.int_range(pl.len()) == 0
    spoilt = made.with_columns(
        pl.when(is_first).then(pl.lit(value)).otherwise(pl.col(column)).alias(column)
    )
    assert beyond_bounds(source, (spoilt, canonical), exports / "landing")


def test_settings_that_are_there_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("# mine\n")
    assert main(["--landing", str(tmp_path / "landing"), *SIZE, "--as", "company60"]) == 1
    assert (tmp_path / "settings.toml").read_text() == "# mine\n"
    assert not (tmp_path / "landing").exists()
