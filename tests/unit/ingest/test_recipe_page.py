"""The page on recipes keeps its word: its example is followed, and its macros are all there."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

from pipelines.core.versions import PROJECT
from pipelines.core.workspace import Workspace
from pipelines.ingest.profile.try_feed import try_feed
from tests.unit.ingest.feeds import feeds

PAGE = (PROJECT / "docs" / "recipes" / "README.md").read_text(encoding="utf-8")
MACROS = (PROJECT / "sql" / "recipes" / "macros.sql").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    found = re.findall(r"^ *```(\w*)\n(.*?)^ *```$", PAGE, re.MULTILINE | re.DOTALL)
    return [textwrap.dedent(text) for name, text in found if name == language]


def test_the_example_gives_what_the_page_shows(tmp_path: Path) -> None:
    (export,), toml, query = blocks("csv"), blocks("toml")[1], blocks("sql")[0]
    assert len(toml.splitlines()) + len(query.splitlines()) <= 20
    with feeds(tmp_path) as place:
        place.declare('[feed]\nlattice = "lattice/people"\n')
        place.recipe("lattice/people", toml, roster=query)
        place.drop("lattice/people.csv", export)
        told = try_feed(Workspace(tmp_path), "lattice").lines
        (shown,) = blocks("")
        for line in shown.splitlines():
            assert line in told
        place.refresh("roster")
        rows = place.staged("roster")
    assert [(row["employee_id"], row["role"], row["supervisor_id"]) for row in rows] == [
        ("ada@example.org", "agent", "cleo@example.org"),
        ("ben@example.org", "agent", "cleo@example.org"),
        ("cleo@example.org", "coach", None),
    ]
    assert {(row["site"], row["team"]) for row in rows} == {("Main", "Team Red")}


def test_every_macro_stands_on_the_page() -> None:
    macros = re.findall(r"^create macro (\w+)", MACROS, re.MULTILINE)
    assert [name for name in macros if f"{name}(" not in PAGE] == []
