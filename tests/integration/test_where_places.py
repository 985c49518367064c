"""`make where` asked for what stands several times: which places, and how to ask for each."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from assets.commands.where_held import Held, keys_of, row_called
from pipelines.contracts.tables import table_of
from pipelines.core.versions import PROJECT
from pipelines.core.workspace import Workspace
from pipelines.lineage.page_text import blocks_of
from tests.figures.today_worlds import usual
from tests.integration.asking_where import places, published, told

MINUS = "\N{MINUS SIGN}"


@pytest.fixture(scope="module")
def today() -> Iterator[Path]:
    with published(usual) as (_, root):
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


@pytest.mark.parametrize("page", ["customers.html", "retention.html"])
def test_a_tiles_head_with_its_number_is_that_number(page: str, today: Path) -> None:
    blocks = blocks_of((Workspace(today).published_site / page).read_text("utf-8"))
    tiles = [each for each in blocks if each.metric and "likely range" in each.text]
    assert any(each.text.startswith(("0.00 ", MINUS)) for each in tiles)
    for tile in tiles[:2]:
        number, head = tile.text.split()[0], tile.beside[0]
        for between in ("", "\n\n"):
            asked = f"{head} {between} {number.replace(MINUS, '-')}"
            assert told(asked, today, page)[0].startswith(f"'{tile.text}' on {page}#main")
    wrong = told(f"{tiles[0].beside[0]} 987.6 fewer", today, page)
    assert not wrong or wrong[0].startswith("987.6 isn't found with these words")


def test_a_label_leads_to_its_own_row_and_never_to_several() -> None:
    key = {"segment": "period", "outcome": "morale", "horizon_days": 180}
    parts = ["2024-Q4", "2026-Q1", "2026-Q4"]
    rows = [{**key, "segment_value": each, "status": "shown"} for each in parts]
    rows[-1]["status"] = "too_early"
    data = replace(usual(), segment_estimate=pl.DataFrame(rows))
    beside = Held(table_of("outcomes.segment_estimate"), tuple(rows[:2]), {}, {})
    found = row_called(["4", "2026"], "Q4 2026", beside, data)
    assert found
    assert [each["segment_value"] for each in found.rows] == ["2026-Q4"]
    assert keys_of(["4", "2026"], "Q4 2026", beside) == {}
    assert {*keys_of(["4", "2026"], "Q4 2026", found).values()} == {"segment_value"}


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
