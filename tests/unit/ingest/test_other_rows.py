"""What is no record is seen by the profile: labels below the header, totals, a second source."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.ingest.profile.detect_format import guess_form
from pipelines.ingest.profile.known_layouts import skeleton
from pipelines.ingest.profile.other_rows import label_rows, totals
from pipelines.ingest.profile.propose_mapping import profile

HEAD = "Begun,Who,Score\n"
LABELS = "When it began,Who,How likely?\n"
IDS = '"{""ImportId"":""a""}","{""ImportId"":""b""}","{""ImportId"":""c""}"\n'
RECORDS = "".join(f"2026-03-0{day} 08:00:00,Ada Muster,{day}\n" for day in range(1, 9))


@pytest.mark.parametrize(
    ("text", "n"),
    [
        (HEAD + LABELS + IDS + RECORDS, 2),
        (HEAD + LABELS + RECORDS, 1),
        (HEAD + RECORDS, 0),
        (HEAD + "soon,Ada,7\n" + RECORDS, 0),
    ],
)
def test_labels_below_the_header_are_left_aside(tmp_path: Path, text: str, n: int) -> None:
    path = tmp_path / "export.csv"
    path.write_text(text)
    form = guess_form(path)
    assert label_rows(form) == n
    assert (f"skip_after_header = {n}" in skeleton(form)) == (n > 0)


def test_totals_are_counted_with_the_way_to_leave_them_out(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text(HEAD + RECORDS + '"Totals for Ada, M.",,36\nGrand Total,,36\n')
    form = guess_form(path)
    assert totals(form) == 2
    assert "as _skip  -- 2 rows read like totals" in skeleton(form)
    path.write_text(HEAD + RECORDS)
    assert totals(guess_form(path)) == 0
    assert "_skip" not in skeleton(guess_form(path))


def test_a_file_of_two_sources_is_told_as_such(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    head = "Employee number,Exit date,Exit type,Site,Team,Role,Hire date\n"
    path.write_text(head + "0041,2026-03-01,voluntary,North,Red,agent,2024-01-01\n" * 5)
    unclear = "\n".join(profile(path, "attrition").unclear)
    assert "it has columns of roster as well; a recipe makes several sources" in unclear
    path.write_text("Employee number,Exit date,Exit type\n" + "0041,2026-03-01,voluntary\n" * 5)
    assert "as well" not in "\n".join(profile(path, "attrition").unclear)
