"""The profile of an unknown export: its proposal works, and what isn't settled is said."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from pipelines.config.settings import parse_settings
from pipelines.ingest.profile import propose_mapping as profile_module
from pipelines.ingest.profile.propose_mapping import profile
from tests.unit.ingest.landing import assert_invariant, landing
from tests.unit.ingest.workbooks import workbook

HEADER = ["Personalnummer", "Gültig ab", "Eintrittsdatum", "Standort", "Team", "Funktion"]


def _rows(n: int = 40) -> list[list[Any]]:
    return [
        [
            f"00{i:03d}",
            f"{1 + i % 28}.0{1 + i % 9}.2024",
            f"0{1 + i % 9}.12.2019",
            "Köln",
            "T",
            "agent",
        ]
        for i in range(n)
    ]


def _german(extra: str = "Wochenstunden", value: str = "38,5") -> str:
    rows = [[*HEADER, extra], *([*row, value] for row in _rows())]
    return "Personalbestand\n\n" + "".join(";".join(row) + "\n" for row in rows)


def _written(folder: Path, name: str, content: str | bytes, encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16", "utf-16-be"])
def test_the_proposal_reads_the_file(tmp_path: Path, encoding: str) -> None:
    path = _written(tmp_path, "export.csv", _german(), encoding)
    proposal = profile(path)
    assert proposal.source.name == "roster"
    toml = tomllib.loads(proposal.toml())
    assert toml["mapping"]["roster"]["date_format"] == "%d.%m.%Y"
    assert toml["mapping"]["roster"]["decimal"] == ","
    assert toml["mapping"]["roster"]["delimiter"] == ";"
    mapping = parse_settings(toml).mapping["roster"]
    landed = tmp_path / "landed"
    landed.mkdir()
    with landing(landed, "roster") as place:
        place.mapping = mapping
        place.drop("export.csv", path.read_bytes())
        assert place.refresh().n_accepted == 40
        assert place.staged()[0]["employee_id"] == "00000"
        assert {row["weekly_hours"] for row in place.staged()} == {38.5}
        assert {row["site"] for row in place.staged()} == {"Köln"}
        assert_invariant(place)


def test_a_workbook_with_titles_and_more_sheets(tmp_path: Path) -> None:
    book = workbook({"Info": [["hello"]], "Daten": [["Bestand"], [], HEADER, *_rows()]})
    proposal = profile(_written(tmp_path, "export.xlsx", book))
    assert proposal.declared["sheet"] == "Daten"
    assert proposal.source.name == "roster"
    assert any(line.startswith("sheet: ") for line in proposal.unclear)


def test_what_the_values_do_not_settle_is_said_and_not_declared(tmp_path: Path) -> None:
    rows = "".join(f"E{i},0{1 + i % 9}/0{1 + i % 8}/24,Voluntary,\n" for i in range(30))
    path = _written(tmp_path, "x.csv", "Staff ID,Exit Date,Exit Type,Who\n" + rows)
    proposal = profile(path)
    assert proposal.source.name == "attrition"
    assert "date_format" not in proposal.declared
    (line,) = [line for line in proposal.unclear if line.startswith("date_format")]
    assert '"%d/%m/%y" or "%m/%d/%y"' in line
    assert "tells day from month" in line
    assert proposal.declared["values"] == {"separation_type": {"Voluntary": "voluntary"}}
    one_settles = path.read_text().replace("E3,04/04/24", "E3,04/14/24")
    settled = profile(_written(tmp_path, "y.csv", one_settles))
    assert settled.declared["date_format"] == "%m/%d/%y"
    assert any("two digits" in line for line in settled.unclear)


def test_mixed_dates_and_unknown_words_stay_open(tmp_path: Path) -> None:
    rows = "".join(
        f"E{i},{'25/12/2024' if i % 2 else '12/25/2024'},{'raus' if i % 2 else 'other'}\n"
        for i in range(30)
    )
    path = _written(tmp_path, "x.csv", "employee_id,separation_date,separation_type\n" + rows)
    proposal = profile(path)
    assert "no one format fits" in " ".join(proposal.unclear)
    assert "what does 'raus' stand for" in " ".join(proposal.unclear)
    assert proposal.declared == {}


def test_words_for_true_and_false_in_json_lines(tmp_path: Path) -> None:
    line = (
        '{{"session_id": "s{i}", "employee_id": "e", "Coach": "c", "started_at": '
        '"{i}.01.2024 14:30", "offered_help": "{word}"}}\n'
    )
    text = "".join(line.format(i=i, word="Ja" if i % 2 else "Nein") for i in range(1, 29))
    proposal = profile(_written(tmp_path, "x.jsonl", text))
    assert proposal.source.name == "coaching_sessions"
    assert proposal.declared == {
        "columns": {"Coach": "coach_id"},
        "timestamp_format": "%d.%m.%Y %H:%M",
        "booleans": {"Ja": "true", "Nein": "false"},
    }


def test_the_folder_or_the_caller_names_the_source(tmp_path: Path) -> None:
    folder = tmp_path / "training"
    folder.mkdir()
    path = _written(folder, "x.csv", "a,b,c\n1,2,3\n")
    assert profile(path).source.name == "training"
    assert profile(path, "shifts").source.name == "shifts"
    lacking = [line for line in profile(path).unclear if "nothing looks like" in line]
    assert len(lacking) == 3


def test_the_command_prints_the_proposal_and_what_it_would_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = _written(tmp_path, "export.csv", _german())
    monkeypatch.setattr(sys, "argv", ["profile", str(path)])
    assert profile_module.main() == 0
    printed = capsys.readouterr().out
    assert tomllib.loads(printed)["mapping"]["roster"]["decimal"] == ","
    assert "40 rows read, 0 break a rule" in printed
    monkeypatch.setattr(sys, "argv", ["profile", str(_written(tmp_path, "empty.csv", ""))])
    assert profile_module.main() == 1
    assert "0 bytes" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("source", "text", "absurd"),
    [
        (
            "coaching_sessions",
            "Session Mode,Trainee\nvideo,a\nvideo,b\nphone,c\n",
            ("Session Mode", "session_id"),
        ),
        (
            "performance",
            "Agent Id,Total Handle\nx,25400000\ny,19900000\n",
            ("Total Handle", "contacts_handled"),
        ),
        (
            "roster",
            "Employee_ID,Termination_Date\n1,2024-01-01\n2,\n",
            ("Termination_Date", "effective_date"),
        ),
        (
            "fatigue_surveys",
            "ResponseId,LocationLatitude,Progress\nR1,45.5,100\nR2,41.2,100\n",
            ("LocationLatitude", "emotional_exhaustion"),
        ),
        (
            "shifts",
            "Person Number,Coach Name\n1,Ann Lee\n2,Bo Ray\n",
            ("Coach Name", "absence_type"),
        ),
    ],
)
def test_what_is_only_a_likeness_is_never_declared(
    tmp_path: Path, source: str, text: str, absurd: tuple[str, str]
) -> None:
    path = tmp_path / "export.csv"
    path.write_text(text)
    declared = profile(path, source).declared.get("columns", {})
    assert isinstance(declared, dict)
    assert absurd not in declared.items()


@pytest.mark.parametrize(
    ("source", "header", "value", "column"),
    [
        ("fatigue_surveys", "Timestamp", "2026-03-04 10:00:00", "submitted_on"),
        ("fatigue_surveys", "RecordedDate", "2026-03-04 10:00:00", "submitted_on"),
        ("fatigue_surveys", "ExternalReference", "00101", "employee_id"),
        ("shifts", "Person Number", "00101", "employee_id"),
        ("shifts", "Shift Start", "2026-03-04 10:00:00", "shift_date"),
    ],
)
def test_what_systems_call_a_column_is_found(
    tmp_path: Path, source: str, header: str, value: str, column: str
) -> None:
    path = tmp_path / "export.csv"
    path.write_text(f"{header},Other\n{value},x\n")
    assert profile(path, source).declared["columns"] == {header: column}
