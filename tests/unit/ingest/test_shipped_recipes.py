"""Every shipped recipe on a made-up export: the rows that it means, and nothing lost."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from pipelines.config.recipes import recipe_names
from pipelines.core.versions import PROJECT
from pipelines.core.warehouse import fetch
from tests.unit.ingest.feeds import Feeds, feeds

SAMPLES = PROJECT / "tests" / "recipes"
CHICAGO, WAREHOUSE = "America/Chicago", "private/warehouse.duckdb"
ROSTER, PEOPLE = ("roster",), ("roster", "people")
"""What a centre has before it adds an export: of one system, for a recipe's roster has others."""


@pytest.fixture(scope="module")
def centres(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, ...], Path]:
    """By what they have of canonical files: centres that took those in, whose files left."""
    made = {}
    for sources in (ROSTER, PEOPLE):
        made[sources] = root = tmp_path_factory.mktemp("centre")
        (root / "private").mkdir()
        with feeds(root, CHICAGO, root / WAREHOUSE) as place:
            for source in sources:
                place.drop(f"{source}/{source}.csv", (SAMPLES / f"{source}.csv").read_bytes())
            place.declare("")
            place.refresh()
        shutil.rmtree(root / "landing")
    return made


@pytest.mark.parametrize("name", recipe_names())
def test_a_recipe_gives_the_rows_that_its_export_means(
    name: str, tmp_path: Path, centres: dict[tuple[str, ...], Path]
) -> None:
    expected = json.loads((SAMPLES / name / "expected.json").read_text())
    (sample,) = (SAMPLES / name).glob("sample.*")
    if "roster" in expected["rows"]:
        (tmp_path / "private").mkdir()
    else:
        has = ROSTER if "people" in expected["rows"] or name in NEEDS_PEOPLE else PEOPLE
        shutil.copytree(centres[has], tmp_path, dirs_exist_ok=True)
    with feeds(tmp_path, CHICAGO, tmp_path / WAREHOUSE) as place:
        schedule = 'schedule = "ukg/schedule_detail"\n' * (name in LOOKS_UP_SHIFTS)
        place.declare(f'time_zone = "{CHICAGO}"\n[feed]\nexport = "{name}"\n{schedule}')
        if schedule:
            place.drop("schedule/schedule.csv", (SAMPLES / "schedule.csv").read_bytes())
        if name in NEEDS_PEOPLE:
            place.drop("people/people.csv", _emails())
        place.drop(f"export/{sample.name}", sample.read_bytes())
        reports = place.refresh()
        assert not any(each.gate_refusals + each.delivery_refusals for each in reports.values())
        for source, rows in expected["rows"].items():
            _assert_rows(place, source, rows)
        _assert_nothing_lost(place, expected["skipped"] or {})


NEEDS_PEOPLE = ("genesys_cloud/directory", "zendesk/team_members")
LOOKS_UP_SHIFTS = ("bamboohr/time_off", "nice_iex_wfm/activity_summary")
"""Recipes of what was missed: the hours that were scheduled come from elsewhere."""


def _emails() -> str:
    lines = (SAMPLES / "people.csv").read_text().splitlines(keepends=True)
    return "".join(line for line in lines if "genesys" not in line)


def _assert_rows(place: Feeds, source: str, rows: list[dict[str, Any]]) -> None:
    staged = [
        row
        for row in place.staged(source)
        if source != "people" or _is_of_the_export(place, int(row["file_id"]))
    ]
    if source == "shifts":
        wanted = {(row["employee_id"], row["shift_date"]) for row in rows}
        staged = [row for row in staged if (row["employee_id"], str(row["shift_date"])) in wanted]
    assert len(staged) == len(rows)
    if source in ("fatigue_surveys", "coaching_sessions"):
        staged.sort(key=lambda row: str(row["employee_id"]))
    for found, wanted_row in zip(staged, _in_order(rows, source), strict=True):
        values = {**json.loads(found.get("extra") or "{}"), **found}
        for name, value in wanted_row.items():
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            told = value if value is None or isinstance(value, bool) else str(value)
            if is_number:
                assert values[name] == pytest.approx(value), name
            else:
                same = values[name] if not isinstance(told, str) else str(values[name])
                assert same == told, name


def _in_order(rows: list[dict[str, Any]], source: str) -> list[dict[str, Any]]:
    key = {"people": ("system", "other_id")}.get(source, ("employee_id",))
    dates = ("shift_date", "week_start", "started_at", "separation_date")
    if source in ("fatigue_surveys", "coaching_sessions"):
        return rows
    return sorted(rows, key=lambda row: [*(row[n] for n in key), *(row.get(n, "") for n in dates)])


def _is_of_the_export(place: Feeds, file_id: int) -> bool:
    return place.con.execute(
        "select feed = 'export' from ledger.file where file_id = ?", [file_id]
    ).fetchall() == [(True,)]


def _assert_nothing_lost(place: Feeds, skipped: dict[str, int]) -> None:
    """Every record is used, skipped or rejected; every row accepted, rejected or superseded."""
    for row in fetch(place.con, "select * from ledger.file where feed = 'export'").to_dicts():
        assert row["n_skipped"] == skipped.get(row["source"], 0), row
        assert row["n_quarantined"] == 0, row
        counted = row["n_accepted"] + row["n_quarantined"] + row["n_superseded"]
        assert row["n_rows"] == counted, row


def test_time_logged_in_counts_as_scheduled_only_where_that_is_asked_for(tmp_path: Path) -> None:
    sample = SAMPLES / "genesys_cloud" / "agent_productivity" / "sample.csv"
    with feeds(tmp_path, CHICAGO) as place:
        place.declare(
            '[feed.export]\nrecipe = "genesys_cloud/agent_productivity"\n'
            'parameters = {as_scheduled = "yes"}\n'
        )
        for source in ("roster", "people"):
            place.drop(f"{source}/{source}.csv", (SAMPLES / f"{source}.csv").read_bytes())
        place.drop("export/a.csv", sample.read_bytes())
        place.refresh()
        hours = [(row["scheduled_hours"], row["absent_hours"]) for row in place.staged("shifts")]
        assert hours == [(8.0, 0.0), (4.0, 0.0)]
