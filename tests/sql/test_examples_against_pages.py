"""Where an example and a page give the same number, they are equal."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from html import unescape
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from dashboards.build import build_site
from dashboards.formats import MINUS, month_figure, signed
from dashboards.labels import VERDICTS
from dashboards.practice_pairs import Pair, Side
from dashboards.sentences.credibility import GRADES
from dashboards.sentences.method import DESIGNS
from dashboards.sentences.training import ANY_FORMAT, course_name
from dashboards.trends import measure_of
from pipelines.core.warehouse import Connection, fetch
from tests.figures.practice_worlds import practised
from tests.figures.published_world import published
from tests.figures.test_credibility import graded
from tests.figures.today_worlds import more_leavers

EXAMPLES = Path(__file__).resolve().parents[2] / "sql" / "examples"
Row = Mapping[str, Any]


@pytest.fixture(scope="module")
def con(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    with published(practised(), tmp_path_factory.mktemp("published")) as connection:
        yield connection


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    build_site(practised(), folder)
    return folder


@pytest.fixture(scope="module")
def example(con: Connection) -> Callable[[str], list[dict[str, Any]]]:
    """Return the rows of the example whose name begins with a number."""

    def run(number: str) -> list[dict[str, Any]]:
        (path,) = EXAMPLES.glob(f"{number}_*.sql")
        rows = fetch(con, path.read_text("utf-8")).to_dicts()
        assert rows, path.name
        return rows

    return run


def plain(cell: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", cell)).split())


def table(site: Path, page: str, caption: str) -> list[list[str]]:
    """The body of the table with that caption, cell by cell."""
    tables = re.findall(r"<table.*?</table>", (site / page).read_text("utf-8"), re.DOTALL)
    (found,) = [each for each in tables if plain(each.split("</caption>")[0]).startswith(caption)]
    rows = re.findall(r"<tr>(.*?)</tr>", found.split("<tbody>")[1], re.DOTALL)
    return [
        [plain(c) for c in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", r, re.DOTALL)] for r in rows
    ]


def label(measure: str) -> str:
    return Pair(measure, Side(), Side()).label


def test_the_verdict_of_today_is_the_tile(example: Any, site: Path) -> None:
    (row,) = [
        row
        for row in example("01")
        if (row["outcome"], row["horizon_days"]) == ("voluntary_exit", 365)
    ]
    tile = (site / "outcomes.html").read_text("utf-8").split('data-metric="voluntary_exit|365"')[1]
    said = plain(tile.split("</li>")[0])
    assert f"{MINUS}{abs(row['difference_per_100'])}" in said
    assert f"{row['per_100_arm_a']}" in said
    assert f"{row['per_100_arm_b']}" in said
    assert VERDICTS[row["verdict"]] in said


def test_the_balance_is_that_of_the_chart(example: Any, site: Path) -> None:
    shown = table(site, "outcomes.html", "Difference between the groups in standard units")
    unlike = {"before": "was_unlike", "after": "is_still_unlike"}
    for row in example("03"):
        name = row["label"] if row["level"] is None else f"{row['label']}: {row['level']}"
        (cells,) = [cells for cells in shown if cells[0].lower() == name.lower()]
        for cell, when in zip(cells[1:], ("before", "after"), strict=True):
            size, is_alike = abs(row[f"smd_{when}"]), not row[unlike[when]]
            if cell.startswith(("over", "up to")):  # rounding took it over the limit
                assert cell == ("up to 0.10" if is_alike else "over 0.10")
                assert (round(size, 2) <= 0.1) != is_alike
            else:
                assert float(cell) == pytest.approx(size, abs=0.0051)
                assert (float(cell) <= 0.1) == is_alike


def test_who_was_compared_is_the_flow(example: Any, site: Path) -> None:
    flow = plain(
        (site / "outcomes.html").read_text("utf-8").split('class="flow"')[1].split("</ol>")[0]
    )
    steps = [row for row in example("07") if row["kind"] == "step"]
    assert len(steps) == 8
    assert all(row["item"] in flow for row in steps)
    places = [flow.index(row["item"]) for row in steps]
    assert places == sorted(places), "each step stands where the page has it"
    for before, after in pairwise(steps):
        assert after["n"] == before["n"] - after["n_left"]
    assert all(f"{row['n']:,}" in flow and row["item"] in flow for row in steps)


def test_every_design_is_a_row_of_the_method_page(example: Any, site: Path) -> None:
    shown = {
        cells[0]: cells for cells in table(site, "method.html", "Leaving by choice within 365")
    }
    rows = [row for row in example("11") if row["horizon_days"] in (365, 30)]
    assert len(rows) >= 4
    below = plain((site / "method.html").read_text("utf-8"))
    for row in rows:
        name = DESIGNS[row["design"]][0]
        if row["horizon_days"] == 30:  # told below the table of designs that ask about a year
            told = below.partition(f"{name}, within 30 days.")[2]
            assert f" {abs(100 * row['estimate']):.1f} " in told.partition(";")[0]
            continue
        cells = shown[name]
        assert cells[2].startswith(f"{abs(100 * row['estimate']):.1f}")
        assert cells[4] == VERDICTS[row["verdict"]]


def test_what_is_done_is_the_chart_of_practice(example: Any, site: Path) -> None:
    shown = {cells[0]: cells for cells in table(site, "practice.html", "Behaviours seen")}
    rows = example("13")
    assert len(rows) == len(shown) == 14
    for row in rows:
        cells = shown[label(row["behaviour"])]
        assert [float(cell) for cell in cells[1:3]] == pytest.approx(
            [row["per_100_sessions_arm_a"], row["per_100_sessions_arm_b"]], abs=0.051
        )
        assert cells[3] == f"{row['n_sessions_arm_a']:,} and {row['n_sessions_arm_b']:,}"


def test_time_and_follow_ups_are_the_key_figures(example: Any, site: Path) -> None:
    shown = {cells[0]: cells for cells in table(site, "practice.html", "Length, number")}
    names = {
        ("length", "length"): "Minutes per session",
        ("sessions_per_agent", "sessions_per_agent"): "Sessions per agent in 180 days",
        ("follow_up", "agreed"): "Follow-ups agreed, per 100",
        ("follow_up", "done"): "Follow-ups done, per 100 due",
    }
    for row in example("14"):
        side = 1 if row["arm"] == "compassionate" else 2
        cells = shown[names[row["topic"], row["measure"]]]
        assert float(cells[side]) == pytest.approx(row["value"], abs=0.051)


@pytest.mark.parametrize(
    ("topic", "caption"),
    [
        ("coach_mix", "Sessions with compassionate coaching, in 100 of the two kinds"),
        (
            "people_per_coach",
            "People followed whose first session of the two kinds was with the coach",
        ),
    ],
)
def test_bands_of_coaches_are_those_of_the_page(
    example: Any, site: Path, topic: str, caption: str
) -> None:
    rows = [row for row in example("15") if row["topic"] == topic]
    told = [
        [row["band"].removesuffix(" per 100"), f"{row['n_coaches']:,}", f"{row['n_people']:,}"]
        for row in rows
    ]
    assert table(site, "coaches.html", caption) == told


def test_who_was_trained_is_the_table_of_attendance(example: Any, site: Path) -> None:
    told = []
    for row in example("16"):
        form = ANY_FORMAT if row["format"] == "all" else row["format"]
        people = "hidden for privacy" if row["n_people"] is None else f"{row['n_people']:,}"
        share = "–" if row["n_people"] is None else f"{row['per_100_attendants']:.0f}%"
        told.append([course_name(row["course"]), form, people, share])
    assert table(site, "training.html", "Attendance by course and format") == told


def test_months_around_the_training_are_the_chart(example: Any, site: Path) -> None:
    shown = table(site, "training.html", "Leaving by choice around the training")
    rows = [row for row in example("17") if row["outcome"] == "voluntary_exit"]
    assert len(shown) == len(rows) == 7
    for cells, row in zip(shown, rows, strict=True):
        month = row["months_since_training"]
        assert cells[0] == (f"{-month} before" if month < 0 else f"{month} after")
        assert cells[1] == signed(row["change_per_100"])
        assert cells[3] == str(row["n_coaches"])


def test_still_employed_is_the_retention_table(example: Any, site: Path) -> None:
    shown = {
        cells[0]: cells
        for cells in table(site, "retention.html", "Still employed, per 100 people, adjusted")
    }
    for row in example("18"):
        if row["day"] == 365 and row["design"] == "weighted":
            side = 1 if row["arm"] == "compassionate" else 2
            assert shown["12 months"][side].startswith(f"{row['still_employed_per_100']}")
            assert shown["12 months"][side + 2] == f"{row['at_risk']:,}"


def test_verdicts_with_their_grades_are_those_of_the_tiles(example: Any, site: Path) -> None:
    tiles = plain(
        (site / "outcomes.html").read_text("utf-8").split('class="tiles')[1].split("</ul>")[0]
    )
    told = {row["label"]: row for row in example("19")}
    assert told["Leaving by choice"]["grade"] == "reportable"
    assert VERDICTS[told["Leaving by choice"]["verdict"]] in tiles


def test_what_to_mend_is_the_table_of_rows_set_aside(example: Any, site: Path) -> None:
    shown = table(site, "quality.html", "Rows set aside")
    assert sorted(cells[3] for cells in shown) == sorted(
        f"{row['n_set_aside']:,}" for row in example("24")
    )


@pytest.fixture(scope="module")
def today(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Connection]]:
    """A publication with sites and targets: its pages and its file."""
    folder = tmp_path_factory.mktemp("today")
    build_site(more_leavers(), folder / "site")
    with published(more_leavers(), folder / "published") as connection:
        yield folder / "site", connection


def rows_of(number: str, con: Connection) -> list[dict[str, Any]]:
    (path,) = EXAMPLES.glob(f"{number}_*.sql")
    return fetch(con, path.read_text("utf-8")).to_dicts()


def test_leaving_this_month_is_the_table_of_sites(today: tuple[Path, Connection]) -> None:
    site, con = today
    rows = rows_of("25", con)
    newest = max(row["month"] for row in rows)
    told = {row["whose"]: row for row in rows if row["month"] == newest}
    shown = {row[0]: row for row in table(site, "index.html", "Leavers of the month by site")}
    assert sorted(shown) == sorted(set(told) - {"all"}) == ["Aster", "Birch", "Cedar"]
    for name, cells in shown.items():
        n = told[name]["n_left"]
        assert cells[2] == f"{n:,.0f}"
        assert (cells[4] == "As usual") == (told[name]["signal"] == "none")
    assert shown["Cedar"][4] == "Unusually high"


def test_the_map_is_that_of_today(today: tuple[Path, Connection]) -> None:
    site, con = today
    shown = {
        row[0]: row[1:] for row in table(site, "index.html", "Left in any way, per 100 agents")
    }
    rows = rows_of("28", con)
    assert {row["per"] for row in rows} == {"month"}
    for name, cells in shown.items():
        told = [row for row in rows if row["site"] == name]
        assert [float(cell.rstrip("▲▼")) for cell in cells] == pytest.approx(
            [row["left_per_100_a_year"] for row in told], abs=0.51
        )
        assert [cell[-1] in "▲▼" for cell in cells] == [
            row["is_outside_its_usual_range"] for row in told
        ]
    assert sum(row["is_outside_its_usual_range"] for row in rows) == 1


def test_targets_are_those_of_the_tiles(today: tuple[Path, Connection]) -> None:
    site, con = today
    page = plain((site / "index.html").read_text("utf-8").split('class="tiles months"')[1])
    said = {
        "out_of_reach": "out of reach",
        "met_as_a_rule": "as a rule",
        "met_at_times": "at times",
    }
    rows = rows_of("29", con)
    assert len(rows) == 3
    for row in rows:
        shown = month_figure(measure_of(row["measure"]).unit, row["target"])
        assert re.search(rf"Target {re.escape(shown)}: [a-z ]*{said[row['target_state']]}", page)


def test_how_far_to_believe_is_the_table_of_the_method_page(tmp_path: Path) -> None:
    data = graded("weak")
    build_site(data, tmp_path / "site")
    with published(data, tmp_path / "published") as con:
        told = {row["outcome"]: row for row in rows_of("30", con)}
    shown = table(tmp_path / "site", "method.html", "The credibility of each outcome")
    assert len(shown) == len(told) > 1
    assert sorted(cells[1] for cells in shown) == sorted(
        GRADES[row["grade"]] if row["grade"] else "–" for row in told.values()
    )
