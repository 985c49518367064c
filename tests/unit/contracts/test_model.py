"""The contracts load, contradictions in them are named, and nothing generated is out of date."""

from pathlib import Path

import pytest
import yaml

from pipelines.contracts.contract_files import CONTRACTS_FOLDER, ContractError, read_folder
from pipelines.contracts.generate import main
from pipelines.contracts.sources import load_contracts
from pipelines.contracts.staging_sql import staging_models

# The sources and columns that the public interface promises, `*` = required.
INTERFACE = {
    "roster": "employee_id* effective_date* hire_date* site* team* role* supervisor_id "
    "employment_type weekly_hours",
    "coaching_sessions": "session_id* employee_id* coach_id* started_at* duration_minutes modality "
    "trigger style asked_desired_future asked_ideal_self listened_without_interrupting "
    "acknowledged_feelings found_common_ground discussed_strengths identified_need offered_help "
    "agreed_follow_up agent_set_goal recited_metrics told_what_to_fix imposed_plan "
    "threatened_consequences follow_up_due follow_up_done rater_id notes",
    "fatigue_surveys": "response_id* employee_id* submitted_on* instrument* emotional_exhaustion "
    "cynicism irritability difficulty_concentrating detachment compassion_satisfaction morale "
    "stress",
    "shifts": "employee_id* shift_date* scheduled_hours* absent_hours* absence_type",
    "attrition": "employee_id* separation_date* separation_type* reason regretted",
    "performance": "employee_id* week_start* contacts_handled difficult_contacts csat_mean "
    "csat_responses quality_score handle_seconds first_contact_resolution",
    "training": "employee_id* course* completed_on* format hours",
}
KEYS = {
    "roster": ("employee_id", "effective_date"),
    "coaching_sessions": ("session_id",),
    "fatigue_surveys": ("response_id",),
    "shifts": ("employee_id", "shift_date"),
    "attrition": ("employee_id", "separation_date"),
    "performance": ("employee_id", "week_start"),
    "training": ("employee_id", "course", "completed_on"),
}


def test_contracts_have_the_columns_and_keys_of_the_interface() -> None:
    sources = load_contracts().sources
    found = {
        source.name: " ".join(
            column.name + ("*" if column.required else "") for column in source.columns
        )
        for source in sources
    }
    assert found == INTERFACE
    assert {source.name: source.key for source in sources} == KEYS
    assert {source.name for source in sources if source.required} == {
        "roster",
        "coaching_sessions",
        "attrition",
    }


def test_free_text_and_identifiers_are_marked() -> None:
    classes = {
        column.name: column.personal_data
        for source in load_contracts().sources
        for column in source.columns
    }
    assert {name for name, kind in classes.items() if kind == "free_text"} == {"notes", "reason"}
    identifiers = {name for name, kind in classes.items() if kind == "identifier"}
    assert {"employee_id", "coach_id", "supervisor_id", "rater_id"} <= identifiers


@pytest.mark.parametrize(
    ("file", "path", "value", "named"),
    [
        ("columns.yml", ["morale", "max"], -1, "morale"),
        ("columns.yml", ["morale", "unit"], None, "morale"),
        ("columns.yml", ["site", "type"], "words", "site"),
        ("columns.yml", ["site", "colour"], "red", "site"),
        ("columns.yml", ["coach_id", "references"], "rooster", "rooster"),
        ("columns.yml", ["surplus"], {"type": "text"}, "surplus"),
        ("sources.yml", ["shifts", "key"], ["absence_type"], "absence_type"),
        ("sources.yml", ["shifts", "date_column"], "employee_id", "shifts"),
        ("sources.yml", ["shifts", "columns", "absence_type"], "perhaps", "absence_type"),
        ("sources.yml", ["shifts", "columns", "mood"], "optional", "mood"),
    ],
)
def test_contradiction_is_named(
    tmp_path: Path, file: str, path: list[str], value: object, named: str
) -> None:
    for name in ("sources.yml", "columns.yml"):
        content = yaml.safe_load((CONTRACTS_FOLDER / name).read_text(encoding="utf-8"))
        if name == file:
            entry = content
            for key in path[:-1]:
                entry = entry[key]
            entry[path[-1]] = value
        (tmp_path / name).write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    with pytest.raises(ContractError, match=named):
        load_contracts(tmp_path)


def test_staging_models_are_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check"]) == 0
    assert capsys.readouterr().err == ""


def test_outdated_staging_model_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    models = {tmp_path / path.name: text for path, text in staging_models(load_contracts()).items()}
    monkeypatch.setattr("pipelines.contracts.generate.staging_models", lambda _: models)
    assert main(["--check"]) == 1
    assert "roster.sql" in capsys.readouterr().err
    assert main([]) == 0
    assert main(["--check"]) == 0


def test_entries_of_a_folder_come_in_their_order(tmp_path: Path) -> None:
    (tmp_path / "b.yml").write_text("last:\n  x: 1\nfirst:\n  order: 10\n  x: 2\n")
    (tmp_path / "a.yml").write_text("second:\n  order: 20\n  x: 3\n")
    entries = read_folder(tmp_path)
    assert list(entries.items()) == [
        ("first", {"x": 2}),
        ("second", {"x": 3}),
        ("last", {"x": 1}),
    ]


def test_a_name_in_two_files_of_a_folder_is_refused(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.yml").write_text("twice:\n  order: 10\n")
    with pytest.raises(ContractError, match=r"/b\.yml: twice stands in another file too"):
        read_folder(tmp_path)


def test_every_table_stands_in_the_file_of_its_name() -> None:
    for path in (CONTRACTS_FOLDER / "tables").glob("*.yml"):
        assert list(yaml.safe_load(path.read_text("utf-8"))) == [path.stem]
