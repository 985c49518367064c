"""`make where` asked for what stands several times: which places, and how to ask for each."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.core.versions import PROJECT
from pipelines.core.workspace import Workspace
from pipelines.lineage.page_text import blocks_of
from tests.figures.today_worlds import usual
from tests.integration.asking_where import places, told
from tests.integration.test_where_on_pages import published


@pytest.fixture(scope="module")
def today(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with published(usual(), tmp_path_factory.mktemp("where_places")) as root:
        yield root


def test_a_number_in_several_cells_is_told_with_commands_that_lead_to_each(today: Path) -> None:
    blocks = blocks_of((Workspace(today).published_site / "index.html").read_text("utf-8"))
    cells = [each for each in blocks if each.tag == "td" and re.fullmatch(r"\d+[.]\d", each.text)]
    texts = [each.text for each in cells]
    number = next(each for each in texts if 3 <= texts.count(each) <= 6)
    commands = places(number, today, "index.html")
    assert len(commands) >= texts.count(number) - 1
    led_to = set()
    for command in commands:
        make, where, *given = shlex.split(command)
        assert (make, where) == ("make", "where")
        asked = dict(each.split("=", 1) for each in given)
        lines = told(asked["metric"].replace("$$", "$"), today, asked["page"])
        assert number in lines[0]
        assert lines[0].endswith(f" on {asked['page']}")
        led_to.add("\n".join(lines[:2]))
    assert len(led_to) == len(commands)


def test_a_sentence_that_stands_once_has_no_list(today: Path) -> None:
    assert not places("Left in any way, per 100 agents a year, by site and month", today)


def test_words_of_a_contract_lead_to_the_lines_that_set_their_numbers(today: Path) -> None:
    contract = (PROJECT / "pipelines/contracts/metrics.yml").read_text("utf-8").splitlines()
    lines = told("Score at the first survey in days 60 to 180.", today, "definitions.html#morale")
    set_at = [
        re.match(r"  pipelines/contracts/metrics\.yml:(\d+) (\w+: \d+)", each) for each in lines
    ]
    found = {each[2]: int(each[1]) for each in set_at if each}
    assert [*found] == ["first_day: 60", "last_day: 180"]
    assert all(contract[number - 1].strip() == text for text, number in found.items())
    assert contract.index("morale:") < found["first_day: 60"] < contract.index("unplanned_absence:")
