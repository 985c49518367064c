"""The sample's landing files: same bytes for the same seed, the agreed columns, sane dates."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from pipelines.core.errors import PipelineError
from pipelines.simulation import SampleConfig, SampleWorld, simulate, write_sample
from pipelines.simulation.__main__ import main

BEHAVIOURS = """asked_desired_future asked_ideal_self listened_without_interrupting
    acknowledged_feelings found_common_ground discussed_strengths identified_need offered_help
    agreed_follow_up agent_set_goal recited_metrics told_what_to_fix imposed_plan
    threatened_consequences"""

COLUMNS = {
    "roster": "employee_id effective_date hire_date site team role supervisor_id employment_type "
    "weekly_hours",
    "coaching_sessions": "session_id employee_id coach_id started_at duration_minutes modality "
    f"trigger style {BEHAVIOURS} follow_up_due follow_up_done rater_id notes",
    "fatigue_surveys": "response_id employee_id submitted_on instrument emotional_exhaustion "
    "cynicism irritability difficulty_concentrating detachment compassion_satisfaction morale "
    "stress",
    "shifts": "employee_id shift_date scheduled_hours absent_hours absence_type",
    "attrition": "employee_id separation_date separation_type reason regretted",
    "performance": "employee_id week_start contacts_handled difficult_contacts csat_mean "
    "csat_responses quality_score handle_seconds first_contact_resolution",
    "training": "employee_id course completed_on format hours",
}
KEYS = {
    "roster": ["employee_id", "effective_date"],
    "coaching_sessions": ["session_id"],
    "fatigue_surveys": ["response_id"],
    "shifts": ["employee_id", "shift_date"],
    "attrition": ["employee_id", "separation_date"],
    "performance": ["employee_id", "week_start"],
    "training": ["employee_id", "course", "completed_on"],
}
EVENT_DAY = {
    "coaching_sessions": pl.col("started_at").dt.date(),
    "fatigue_surveys": pl.col("submitted_on"),
    "shifts": pl.col("shift_date"),
    "attrition": pl.col("separation_date"),
    "performance": pl.col("week_start"),
    "training": pl.col("completed_on"),
}
ALLOWED = {
    ("roster", "role"): {"agent", "coach", "manager"},
    ("roster", "employment_type"): {"full_time", "part_time", "temporary"},
    ("coaching_sessions", "modality"): {"in_person", "video", "phone", "chat"},
    ("coaching_sessions", "trigger"): {
        "metric_miss",
        "quality_review",
        "scheduled",
        "agent_request",
        "other",
    },
    ("coaching_sessions", "style"): {"compassionate", "compliance", "mixed", None},
    ("fatigue_surveys", "instrument"): {"scores_0_100"},
    ("shifts", "absence_type"): {
        "sick",
        "no_show",
        "unplanned_other",
        "planned_leave",
        "statutory_leave",
        None,
    },
    ("attrition", "separation_type"): {"voluntary", "involuntary", "other"},
    ("training", "format"): {"onsite", "split", "remote"},
}
RANGES = {
    ("fatigue_surveys", "emotional_exhaustion"): (0, 100),
    ("fatigue_surveys", "cynicism"): (0, 100),
    ("fatigue_surveys", "morale"): (0, 10),
    ("fatigue_surveys", "stress"): (1, 5),
    ("performance", "csat_mean"): (1, 5),
    ("performance", "quality_score"): (0, 100),
    ("performance", "first_contact_resolution"): (0, 1),
    ("coaching_sessions", "duration_minutes"): (5, 120),
}
SMALL = {"n_agents": 200, "months": 8}


@pytest.fixture(scope="module")
def world() -> SampleWorld:
    return simulate(SampleConfig(n_agents=400, months=14, seed=5))


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    root = tmp_path_factory.mktemp("written")
    write_sample(root / "landing", seed=3, **SMALL)
    yield root


def read(file: Path) -> pl.DataFrame:
    if file.suffix == ".parquet":
        return pl.read_parquet(file)
    return pl.read_csv(file, infer_schema_length=None)


def digests(root: Path) -> dict[str, str]:
    files = sorted(file for file in root.rglob("*") if file.is_file())
    return {
        str(file.relative_to(root)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files
    }


def test_the_same_seed_writes_the_same_bytes(written: Path, tmp_path: Path) -> None:
    write_sample(tmp_path / "landing", seed=3, **SMALL)
    assert digests(tmp_path) == digests(written)


def test_compressed_files_carry_no_time_of_writing(written: Path) -> None:
    files = list((written / "landing").rglob("*.gz"))
    assert files
    for file in files:
        assert file.read_bytes()[4:8] == bytes(4), file.name


def test_another_seed_writes_other_bytes_everywhere(written: Path, tmp_path: Path) -> None:
    write_sample(tmp_path / "landing", seed=4, **SMALL)
    here, there = digests(tmp_path), digests(written)
    assert here.keys() == there.keys()
    assert not [name for name in here if here[name] == there[name]]


@pytest.mark.parametrize("source", COLUMNS)
def test_files_have_the_agreed_columns(written: Path, source: str) -> None:
    files = sorted((written / "landing" / source).iterdir())
    assert files
    for file in files:
        assert read(file).columns == COLUMNS[source].split(), file.name


def test_files_hold_every_simulated_row(written: Path) -> None:
    world = simulate(SampleConfig(seed=3, **SMALL))
    for source in COLUMNS:
        files = sorted((written / "landing" / source).iterdir())
        assert sum(len(read(file)) for file in files) == len(world.frame(source)), source


def test_every_delivery_format_occurs(written: Path) -> None:
    names = [file.name for file in (written / "landing").rglob("*") if file.is_file()]
    for ending in (".csv", ".csv.gz", ".parquet"):
        assert any(name.endswith(ending) for name in names), ending


def test_identifiers_keep_their_zeros(written: Path) -> None:
    lines = (written / "landing/roster/roster.csv").read_text(encoding="utf-8").splitlines()
    assert any(line.startswith("E00") for line in lines)


@pytest.mark.parametrize("source", KEYS)
def test_keys_are_unique(world: SampleWorld, source: str) -> None:
    frame = world.frame(source)
    assert frame.height > 0
    assert frame.select(KEYS[source]).is_duplicated().sum() == 0
    assert frame.select(KEYS[source]).null_count().row(0) == (0,) * len(KEYS[source])


def test_values_are_the_allowed_ones(world: SampleWorld) -> None:
    for (source, column), allowed in ALLOWED.items():
        assert set(world.frame(source)[column].unique()) == allowed, (source, column)
    for (source, column), (low, high) in RANGES.items():
        assert world.frame(source)[column].is_between(low, high).all(), (source, column)


@pytest.mark.parametrize("source", EVENT_DAY)
def test_events_lie_in_the_window_and_in_the_employment(world: SampleWorld, source: str) -> None:
    employment = (
        world.roster.group_by("employee_id")
        .agg(pl.col("hire_date").first())
        .join(world.attrition.select("employee_id", "separation_date"), "employee_id", how="left")
    )
    events = world.frame(source).with_columns(day=EVENT_DAY[source])
    joined = events.join(employment, on="employee_id", how="left")
    assert joined["hire_date"].null_count() == 0, "somebody isn't on the roster"
    assert joined["day"].is_between(world.config.start, world.config.end).all()
    assert (joined["day"] >= joined["hire_date"]).all()
    if source != "attrition":
        gone = joined.filter(pl.col("day") > pl.col("separation_date"))
        assert gone.height == 0


def test_no_session_on_or_after_the_day_of_exit(world: SampleWorld) -> None:
    joined = world.coaching_sessions.join(world.attrition, on="employee_id")
    assert joined.height > 0
    assert (joined["started_at"].dt.date() < joined["separation_date"]).all()


def test_shifts_reach_the_last_day(world: SampleWorld) -> None:
    assert world.shifts["shift_date"].max() == world.config.end


def test_roster_is_an_organisation(world: SampleWorld) -> None:
    roster = world.roster
    coaches = set(roster.filter(pl.col("role") == "coach")["employee_id"])
    agents = roster.filter(pl.col("role") == "agent")
    assert set(agents["supervisor_id"]) <= coaches
    assert set(world.coaching_sessions["coach_id"]) <= coaches
    assert agents["employee_id"].n_unique() == world.config.n_agents
    assert set(world.coaching_sessions["employee_id"]) <= set(agents["employee_id"])
    long_before = world.config.start - timedelta(days=365)
    assert 0.2 < (agents["hire_date"] < long_before).mean() < 0.8
    assert (agents["hire_date"] > world.config.start).mean() > 0.1
    assert (roster["effective_date"] >= roster["hire_date"]).all()
    assert (roster["effective_date"] > roster["hire_date"]).any(), "nobody ever changed"


def test_sessions_recur_mostly_in_the_style_of_the_first(world: SampleWorld) -> None:
    labelled = world.coaching_sessions.filter(
        pl.col("style").is_in([world.config.arm_a, world.config.arm_b])
    ).sort("started_at")
    first = labelled.unique("employee_id", keep="first").select("employee_id", first="style")
    later = labelled.join(first, on="employee_id")
    assert 0.85 < (later["style"] == later["first"]).mean() < 0.99
    gaps = labelled.select(
        gap=pl.col("started_at").diff().over("employee_id", order_by="started_at").dt.total_days()
    )
    assert 27 <= gaps["gap"].drop_nulls().median() <= 33


def test_default_size() -> None:
    world = simulate(SampleConfig())
    assert world.config.start == date(2024, 11, 1)
    assert 650_000 < world.shifts.height < 750_000
    assert world.roster.filter(pl.col("role") == "agent")["employee_id"].n_unique() == 2000


def test_truth_goes_beside_the_landing_folder(written: Path) -> None:
    truth = json.loads((written / "truth.json").read_text(encoding="utf-8"))
    assert truth["config"]["seed"] == 3
    assert {row["horizon_days"] for row in truth["answers"]} == {90, 180, 365}
    assert not list((written / "landing").rglob("truth.json"))


@pytest.mark.parametrize("wrong", [{"n_agents": 10}, {"months": 2}, {"seed": -1}])
def test_impossible_sizes_are_refused_before_anything_is_written(
    tmp_path: Path, wrong: dict[str, int]
) -> None:
    with pytest.raises(PipelineError, match=next(iter(wrong))):
        write_sample(tmp_path / "landing", **wrong)
    assert not list(tmp_path.iterdir())


def test_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    landing = str(tmp_path / "landing")
    assert main(["--landing", landing, "--agents", "5"]) == 1
    assert "n_agents is 5" in capsys.readouterr().err
    small = ["--agents", "60", "--months", "6", "--truth-file", str(tmp_path / "elsewhere.json")]
    assert main(["--landing", landing, *small]) == 0
    assert (tmp_path / "elsewhere.json").exists()
