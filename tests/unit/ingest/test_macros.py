"""What recipes read of words, offsets and items meant the other way round, against plain sums."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.ingest.feeds import Feeds, employed, feeds

TOML = 'title = "t"\nlayout = "made up"\ncolumns = ["Who", "Said", "Other"]\n'
ANSWERS = """
select "Who" as response_id, 'E1' as employee_id, '2026-03-02' as submitted_on,
    'scores_0_100' as instrument, {} as emotional_exhaustion, _line
from delivery
"""
SESSIONS = """
select "Who" as session_id, 'E1' as employee_id, 'E1' as coach_id,
    local_time("Said") as started_at, _line
from delivery
"""
ZONE = 'time_zone = "America/Chicago"\n'


def _place(place: Feeds, rows: list[tuple[str, str]], **queries: str) -> None:
    place.declare(f'{ZONE}[feed]\nsaid = "own/said"\n')
    place.recipe("own/said", TOML, **queries)
    place.drop("roster/r.csv", employed("E1"))
    lines = [f"{number},{said},{other}\n" for number, (said, other) in enumerate(rows)]
    place.drop("said/1.csv", "Who,Said,Other\n" + "".join(lines))
    place.refresh()


FIVE = ("strongly disagree", "disagree", "neutral", "agree", "strongly agree")
FIVE_QUALIFIED = (
    "Strongly disagree",
    "Somewhat disagree",
    "Neither agree nor disagree",
    "Somewhat agree",
    "Strongly agree",
)
SEVEN = (FIVE[0], "disagree", "somewhat disagree", "neither", "slightly agree", "agree", FIVE[4])
FOUR = (FIVE[0], "somewhat disagree", "somewhat agree", FIVE[4])


@pytest.mark.parametrize("words", [FOUR, FIVE, FIVE_QUALIFIED, SEVEN])
def test_steps_of_agreement_are_as_far_apart_as_their_places(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    item = f'agreement_0_100("Said", {len(words)})'
    turned = f"""mean_of([reversed_item({item}, 0, 100), agreement_0_100("Other", 7)])"""
    with feeds(tmp_path) as place:
        rows = [(word, "") for word in words] + [(str(n + 1), "") for n in range(len(words))]
        _place(place, rows, fatigue_surveys=ANSWERS.format(turned))
        found = [row["emotional_exhaustion"] for row in place.staged("fatigue_surveys")]
        steps = [100 - 100 * n / (len(words) - 1) for n in range(len(words))]
        by_id = sorted(zip(map(str, range(2 * len(words))), steps * 2, strict=True))
        assert found == pytest.approx([value for _, value in by_id], abs=1e-5)


def test_what_is_no_step_is_told(tmp_path: Path) -> None:
    with feeds(tmp_path) as place:
        item = 'mean_of([agreement_0_100("Said", 5), agreement_0_100("Other", 5)])'
        rows = [("agree", "perhaps"), *[("agree", "strongly agree")] * 40]
        _place(place, rows, fatigue_surveys=ANSWERS.format(item))
        found = {row["emotional_exhaustion"] for row in place.staged("fatigue_surveys")}
        assert found == {87.5}
        rejected = place.con.execute("select line_number, value from ledger.rejected_cell")
        assert rejected.fetchall() == [(2, "perhaps")]


def test_a_moment_with_its_offset_is_local_time(tmp_path: Path) -> None:
    said = {
        "2026-11-04T23:05:00Z": "2026-11-04 17:05:00",
        "2026-11-04 23:05:00 +01": "2026-11-04 16:05:00",
        "2026-11-04T23:05:00+0100": "2026-11-04 16:05:00",
        "2026-07-04T23:05:00.5Z": "2026-07-04 18:05:00",
        "2026-11-04T23:05:00": "2026-11-04 23:05:00",
    }
    with feeds(tmp_path, "America/Chicago") as place:
        _place(place, [(each, "") for each in said], coaching_sessions=SESSIONS)
        found = [str(row["started_at"]) for row in place.staged("coaching_sessions")]
        assert found == [*said.values()]


def test_records_are_left_out_beside_a_sum_as_the_page_says(tmp_path: Path) -> None:
    query = """
    select 'E1' as employee_id, "Said" as shift_date,
        sum(cast("Other" as double)) as scheduled_hours, 0 as absent_hours,
        list(_line) as _line, null as _skip
    from delivery where "Who" <> '2' group by "Said"
    union all by name
    select [_line] as _line, 'a total' as _skip from delivery where "Who" = '2'
    """
    with feeds(tmp_path) as place:
        _place(place, [("2026-03-02", "4"), ("2026-03-02", "3"), ("", "7")], shifts=query)
        assert [row["scheduled_hours"] for row in place.staged("shifts")] == [7]
        told = place.con.execute("select skipped, n_quarantined from ledger.file where feed <> ''")
        assert told.fetchall() == [("a total: 1", 0)]
