"""`make where` asked for words with numbers: each is told what it is from, and none is dropped."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from assets.commands import where
from pipelines.core.workspace import Workspace
from pipelines.lineage.page_text import Block, blocks_of
from tests.figures.practice_worlds import practised
from tests.integration.asking_where import computing, published, told

PAGE = "practice.html"
NUMBER = re.compile(r"(?<![\w.,])\d+(?:[.,]\d+)*")
TELLS = re.compile(r"holds it|its key|in the words|not followed|rounds to 0|.*   \(|  pipelines/")


@pytest.fixture(scope="module")
def root() -> Iterator[Path]:
    with published(practised) as (_, made):
        yield made


@pytest.fixture(scope="module")
def blocks(root: Path) -> list[Block]:
    return blocks_of((Workspace(root).published_site / PAGE).read_text("utf-8"))


def untold(words: str, lines: list[str]) -> list[str]:
    """The numbers of words that no line tells anything of, but those that offer commands."""
    numbers = {*NUMBER.findall(words)}
    said = [each for each in lines if TELLS.match(each)]
    following = [n for n, each in enumerate(lines) if each.startswith("not told here")]
    said += lines[following[0] :] if following else []
    return sorted(numbers - {*NUMBER.findall(" ".join(said))})


def test_no_number_of_a_sentence_or_a_description_is_passed_over(
    root: Path, blocks: list[Block]
) -> None:
    read = [each for each in blocks if each.ids and each.tag in ("p", "li")]
    long = [each for each in read if len(NUMBER.findall(each.text)) > 3]
    described = [each for each in long if each.ids[0].startswith("text-")]
    assert described
    others = [each for each in long if each not in described]
    assert others
    for each in (*described, *others[::3]):
        lines = told(each.text, root, f"{PAGE}#{each.ids[0]}")
        assert not untold(each.text, lines), (each.text, lines)


def test_a_row_is_told_as_a_whole(root: Path, blocks: list[Block]) -> None:
    rows = {id(row): row for each in blocks if (row := each.nearest("tr")) and each.tag == "td"}
    for row in list(rows.values())[::9]:
        lines = told(" ".join(row.cells), root, PAGE)
        cells = " ".join(row.cells[1:])
        assert not untold(cells, lines), (row.cells, lines)
        assert len([each for each in lines if each.startswith("holds it")]) == 1


def test_words_of_a_chart_lead_to_what_draws_it_too(root: Path, blocks: list[Block]) -> None:
    point = next(each for each in blocks if each.tag == "hover" and NUMBER.search(each.text))
    lines = told(point.text, root, f"{PAGE}#{point.ids[0]}")
    (at,) = [n for n, line in enumerate(lines) if line == "drawn in its chart by"]
    drawn = computing(lines[at + 1 :])
    assert drawn[0].startswith("dashboards.figures.pairs:")
    assert any("pairs_figure:" in each for each in drawn)
    assert any(line.startswith("holds it") for line in lines)


def test_a_number_alone_is_told_how_to_be_asked_for(root: Path, blocks: list[Block]) -> None:
    cells = [each.text for each in blocks if each.tag == "td"]
    number = next(each for each in cells if NUMBER.fullmatch(each) and cells.count(each) > 1)
    every = list(where.answer(number, Workspace(root), PAGE))
    assert "with the head of its row" in every[0]
    command = next(each for each in every if each.startswith("    make where"))
    asked = dict(each.split("=", 1) for each in shlex.split(command)[2:])
    assert number in asked["metric"]
    assert told(asked["metric"], root, asked["page"]) != told(number, root, PAGE)
