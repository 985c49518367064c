"""Every rule of every questionnaire on vectors worked out by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.contracts.sources import load_contracts
from pipelines.core.status import NOT_REPORTABLE, SHOWN, TOO_LITTLE_DATA
from pipelines.measurement.instruments import (
    Instrument,
    InstrumentError,
    instrument_from,
    item_column,
    load_instruments,
)
from pipelines.measurement.reliability import (
    NO_ITEMS,
    ONE_ITEM,
    cronbach_alpha,
    scale_reliability,
)
from pipelines.measurement.scoring import SCORE_SCHEMA, read_answers, score

INSTRUMENTS = load_instruments()
Row = dict[str, Any]


def scored(name: str, answers: Mapping[int, object]) -> dict[str, Row]:
    """One response's rows by scale; answers are written as they would stand in a file."""
    items = {item_column(item): [str(answer)] for item, answer in answers.items()}
    frame = score(pl.DataFrame({"response_id": ["R1"], **items}), INSTRUMENTS[name])
    assert dict(frame.schema) == SCORE_SCHEMA
    return {row["scale"]: row for row in frame.to_dicts()}


def every(name: str, answer: object) -> dict[int, object]:
    return dict.fromkeys(INSTRUMENTS[name].items, answer)


def test_proqol_takes_items_by_number_and_reverses_five() -> None:
    # Answer 5 to the five reversed items and to compassion satisfaction, 1 to everything else.
    high = (1, 4, 15, 17, 29, 3, 6, 12, 16, 18, 20, 22, 24, 27, 30)
    rows = scored("proqol5", every("proqol5", 1) | dict.fromkeys(high, 5))
    assert [row["raw_score"] for row in rows.values()] == [50.0, 10.0, 10.0]
    assert [row["score_0_100"] for row in rows.values()] == [100.0, 0.0, 0.0]
    assert [row["band"] for row in rows.values()] == ["high", "low", "low"]
    turned = scored("proqol5", every("proqol5", 5) | dict.fromkeys(high, 1))
    assert [row["raw_score"] for row in turned.values()] == [10.0, 50.0, 50.0]


def test_proqol_burnout_adds_reversed_and_plain_items() -> None:
    # Reversed 1, 4, 15, 17, 29 answered 2 give 4 each: 20. Plain 8, 10, 19, 21, 26: 1+2+3+4+5.
    answers = dict.fromkeys((1, 4, 15, 17, 29), 2) | {8: 1, 10: 2, 19: 3, 21: 4, 26: 5}
    row = scored("proqol5", answers)["burnout"]
    assert (row["raw_score"], row["score_0_100"], row["band"]) == (35.0, 62.5, "moderate")


@pytest.mark.parametrize(
    ("total", "band"), [(22, "low"), (23, "moderate"), (41, "moderate"), (42, "high")]
)
def test_proqol_bands_turn_at_23_and_42(total: int, band: str) -> None:
    items = INSTRUMENTS["proqol5"].scales[0].items
    low, extra = divmod(total, 10)
    answers = {item: low + (place < extra) for place, item in enumerate(items)}
    row = scored("proqol5", answers)["compassion_satisfaction"]
    assert (row["raw_score"], row["band"]) == (float(total), band)


def test_a_sum_is_prorated_from_half_of_its_items_on() -> None:
    items = INSTRUMENTS["proqol5"].scales[2].items
    half = scored("proqol5", dict.fromkeys(items[:5], 3))["secondary_traumatic_stress"]
    assert (half["raw_score"], half["n_answered"], half["problem"]) == (30.0, 5, None)
    # Four 2s, a 3: 11 / 5 * 10 = 22; one more 3: 14 / 6 * 10 = 23.33, moderate.
    between = dict.fromkeys(items[:4], 2) | dict.fromkeys(items[4:6], 3)
    row = scored("proqol5", between)["secondary_traumatic_stress"]
    assert row["raw_score"] == pytest.approx(70 / 3, abs=1e-8)
    few = scored("proqol5", dict.fromkeys(items[:4], 3))["secondary_traumatic_stress"]
    assert (few["raw_score"], few["score_0_100"], few["band"]) == (None, None, None)
    assert few["problem"] == "too_few_answers"


def test_a_prorated_score_between_two_bands_belongs_to_the_lower() -> None:
    # 8 answers: 18 / 8 * 10 = 22.5, above 22 and below 23.
    items = INSTRUMENTS["proqol5"].scales[0].items
    answers = dict.fromkeys(items[:6], 2) | dict.fromkeys(items[6:8], 3)
    row = scored("proqol5", answers)["compassion_satisfaction"]
    assert (row["raw_score"], row["band"]) == (22.5, "low")


def test_olbi_reverses_four_items_of_each_scale() -> None:
    # Strong agreement (1) everywhere: four items count 1, four 4.
    agree = scored("olbi", every("olbi", 1))
    assert [row["raw_score"] for row in agree.values()] == [2.5, 2.5]
    worst = dict.fromkeys((2, 3, 4, 6, 8, 9, 11, 12), 1) | dict.fromkeys(
        (1, 5, 7, 10, 13, 14, 15, 16), 4
    )
    rows = scored("olbi", worst)
    assert [row["raw_score"] for row in rows.values()] == [4.0, 4.0]
    assert [row["score_0_100"] for row in rows.values()] == [100.0, 100.0]
    # Only disengagement: 1, 7, 13, 15 at 4, reversed 3, 6, 9, 11 at 3 count 2: 24 / 8.
    apart = scored("olbi", dict.fromkeys((1, 7, 13, 15), 4) | dict.fromkeys((3, 6, 9, 11), 3))
    assert apart["disengagement"]["raw_score"] == 3.0
    assert apart["disengagement"]["score_0_100"] == pytest.approx(200 / 3, abs=1e-8)
    assert (apart["exhaustion"]["raw_score"], apart["exhaustion"]["problem"]) == (
        None,
        "no_answers",
    )


def test_olbi_needs_half_of_a_scale() -> None:
    assert scored("olbi", dict.fromkeys((5, 10, 14, 16), 2))["exhaustion"]["raw_score"] == 2.0
    assert scored("olbi", dict.fromkeys((5, 10, 14), 2))["exhaustion"]["raw_score"] is None


def test_cbi_reverses_the_last_work_item_and_bands_at_50() -> None:
    rows = scored("cbi", every("cbi", 75) | {13: 0})
    # Work: six 75s and a reversed 0 that counts 100: 550 / 7.
    assert rows["work_burnout"]["raw_score"] == pytest.approx(550 / 7, abs=1e-8)
    assert rows["personal_burnout"]["raw_score"] == 75.0
    assert {row["band"] for row in rows.values()} == {"high"}
    assert scored("cbi", every("cbi", 50))["client_burnout"]["band"] == "high"
    almost = scored("cbi", every("cbi", 50) | {14: 25})["client_burnout"]
    assert almost["band"] == "low"
    assert almost["score_0_100"] == almost["raw_score"] == pytest.approx(275 / 6, abs=1e-8)


@pytest.mark.parametrize(
    ("scale", "items", "needed"),
    [
        ("personal_burnout", range(1, 7), 3),
        ("work_burnout", range(7, 14), 4),
        ("client_burnout", range(14, 20), 3),
    ],
)
def test_cbi_has_its_own_rule_for_too_few_answers(scale: str, items: range, needed: int) -> None:
    enough = scored("cbi", dict.fromkeys(list(items)[:needed], 25))[scale]
    assert (enough["raw_score"], enough["problem"]) == (25.0, None)
    few = scored("cbi", dict.fromkeys(list(items)[: needed - 1], 25))[scale]
    assert (few["raw_score"], few["problem"]) == (None, "too_few_answers")


@pytest.mark.parametrize(("name", "sizes"), [("bat12", (3, 3, 3, 3)), ("bat23", (8, 5, 5, 5))])
def test_bat_averages_four_scales_alike(name: str, sizes: tuple[int, ...]) -> None:
    answers: dict[int, object] = {}
    for answer, size in enumerate(sizes, start=1):
        answers |= {len(answers) + place: answer for place in range(1, size + 1)}
    rows = scored(name, answers)
    assert [row["raw_score"] for row in rows.values()] == [1.0, 2.0, 3.0, 4.0, 2.5]
    assert [row["score_0_100"] for row in rows.values()] == [0.0, 25.0, 50.0, 75.0, 37.5]
    assert list(rows) == [
        "exhaustion",
        "mental_distance",
        "cognitive_impairment",
        "emotional_impairment",
        "total",
    ]
    assert rows["total"]["n_items"] == sum(sizes)


def test_bat_has_no_total_without_all_four_scales() -> None:
    rows = scored("bat12", {item: 3 for item in range(1, 13) if item not in (8, 9)})
    assert rows["cognitive_impairment"]["problem"] == "too_few_answers"
    assert (rows["total"]["raw_score"], rows["total"]["problem"]) == (None, "too_few_answers")
    assert (rows["total"]["n_items"], rows["total"]["n_answered"]) == (12, 10)
    two_of_three = scored("bat12", {item: 3 for item in range(1, 13) if item != 8})
    assert two_of_three["total"]["raw_score"] == 3.0


@pytest.mark.parametrize(
    ("answer", "band"), [(1, "not_burned_out"), (2, "not_burned_out"), (3, "burned_out")]
)
def test_the_single_item_bands_at_3(answer: int, band: str) -> None:
    row = scored("single_item", {1: answer})["burnout"]
    assert (row["band"], row["score_0_100"]) == (band, (answer - 1) * 25.0)


def test_answers_that_are_no_answers_are_missing_and_counted() -> None:
    answers = {2: 3, 4: "3.0", 5: " 2 ", 8: "often", 10: 0, 12: 5, 14: "2.5", 16: "nan"}
    row = scored("olbi", answers)["exhaustion"]
    # Valid are 3 and 3.0 (reversed: 2 each) and 2: one short of the four that are needed.
    assert (row["n_answered"], row["n_not_numbers"], row["n_out_of_range"]) == (3, 2, 3)
    assert row["problem"] == "too_few_answers"
    assert scored("olbi", answers | {16: 4})["exhaustion"]["raw_score"] == 2.5


@pytest.mark.parametrize("text", ["", "  ", "\t"])
def test_blanks_are_missing_but_not_invalid(text: str) -> None:
    row = scored("single_item", {1: text})["burnout"]
    assert (row["n_answered"], row["n_not_numbers"], row["n_out_of_range"]) == (0, 0, 0)
    assert row["problem"] == "no_answers"


@pytest.mark.parametrize("text", ["n/a", "3,0", "inf", "-inf", "1_0", "2 3", "drei"])
def test_what_is_no_number_is_said_to_be_none(text: str) -> None:
    row = scored("single_item", {1: text})["burnout"]
    assert (row["n_not_numbers"], row["n_out_of_range"]) == (1, 0)


def test_a_cbi_answer_from_1_to_5_isnt_taken_for_a_scored_one() -> None:
    row = scored("cbi", dict.fromkeys(range(1, 7), 3))["personal_burnout"]
    assert (row["raw_score"], row["n_out_of_range"]) == (None, 6)


def test_responses_keep_their_order_and_numbers_work_as_text_does() -> None:
    frame = pl.DataFrame({"response_id": ["z", "a", "m"], "item_1": [3.0, None, 5.0]})
    rows = score(frame, INSTRUMENTS["single_item"])
    assert rows["response_id"].to_list() == ["z", "a", "m"]
    assert rows["raw_score"].to_list() == [3.0, None, 5.0]
    assert score(frame.clear(), INSTRUMENTS["proqol5"]).height == 0


def test_the_instruments_are_those_of_the_landing_contract() -> None:
    surveys = load_contracts().source("fatigue_surveys")
    assert {*INSTRUMENTS, "scores_0_100"} == set(surveys.column("instrument").allowed or ())
    sizes = {name: len(each.items) for name, each in INSTRUMENTS.items()}
    assert sizes == {
        "proqol5": 30,
        "olbi": 16,
        "cbi": 19,
        "bat12": 12,
        "bat23": 23,
        "single_item": 1,
    }
    for instrument in INSTRUMENTS.values():
        assert instrument.items == tuple(range(1, len(instrument.items) + 1))
        used = [item for scale in instrument.scales for item in scale.items]
        assert len(used) == len(set(used)), "an item belongs to one scale"
        for scale in instrument.scales:
            assert scale.score == "mean" or scale.mean_of == ()
            assert scale.items == () or scale.min_answered == (len(scale.items) + 1) // 2


def test_a_scale_stands_for_a_column_that_exists_and_never_two_for_one() -> None:
    surveys = load_contracts().source("fatigue_surveys")
    for instrument in INSTRUMENTS.values():
        columns = [each.stands_for.column for each in instrument.scales if each.stands_for]
        assert len(columns) == len(set(columns))
        for column in columns:
            assert (surveys.column(column).min, surveys.column(column).max) == (0, 100)
    burnout = {s.name: s for s in INSTRUMENTS["proqol5"].scales}["burnout"]
    assert burnout.stands_for is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"items": [1, 1]}, "different numbers"),
        ({"reverse": [3]}, "own items"),
        ({"min_answered": 3}, "min_answered"),
        ({"bands": {"high": 3, "low": 1}}, "bands rise"),
        ({"bands": {"low": 2}}, "begins at its lowest score"),
        ({"mean_of": ["other"]}, "either items or mean_of"),
        ({"item": [1]}, "Extra inputs"),
    ],
)
def test_a_contradiction_in_the_file_is_named(change: Row, message: str) -> None:
    scale = {"items": [1, 2], "score": "mean", "min_answered": 1} | change
    content = {"title": "T", "source": "S", "answers": [1, 2, 3], "scales": {"only": scale}}
    with pytest.raises(InstrumentError, match=message) as error:
        instrument_from("mine", content)
    assert "instruments.yml, mine" in str(error.value)


def answers_of(instrument: Instrument) -> st.SearchStrategy[list[str]]:
    valid = st.sampled_from([f"{answer:g}" for answer in instrument.answers])
    other = st.sampled_from(["", "x", "999", "-1", "2.5"])
    each = st.one_of(valid, valid, valid, other)
    return st.lists(each, min_size=len(instrument.items), max_size=len(instrument.items))


@st.composite
def responses(draw: st.DrawFn) -> tuple[Instrument, list[list[str]]]:
    """A few at once: to score one takes as long as to score some."""
    instrument = INSTRUMENTS[draw(st.sampled_from(sorted(INSTRUMENTS)))]
    return instrument, draw(st.lists(answers_of(instrument), min_size=3, max_size=6))


def frame_of(instrument: Instrument, answers: list[list[str]]) -> pl.DataFrame:
    columns = [item_column(item) for item in instrument.items]
    names = [f"R{number}" for number in range(len(answers))]
    return pl.DataFrame(
        {
            "response_id": names,
            **{
                name: list(given)
                for name, given in zip(columns, zip(*answers, strict=True), strict=True)
            },
        }
    )


@settings(max_examples=20, deadline=None)
@given(responses())
def test_scores_stay_on_their_scale_and_mirror_with_their_answers(
    drawn: tuple[Instrument, list[list[str]]],
) -> None:
    instrument, answers = drawn
    low, high = instrument.answers[0], instrument.answers[-1]
    valid = {f"{answer:g}" for answer in instrument.answers}
    mirrored = [[f"{low + high - float(a):g}" if a in valid else a for a in of] for of in answers]
    blanked = [[a if a in valid else "" for a in of] for of in answers]
    rows = score(frame_of(instrument, answers), instrument).to_dicts()
    turned = score(frame_of(instrument, mirrored), instrument).to_dicts()
    missing = score(frame_of(instrument, blanked), instrument).to_dicts()
    assert len({row["response_id"] for row in rows}) == len(answers)
    for row, mirror, blank in zip(rows, turned, missing, strict=True):
        assert row["response_id"] == mirror["response_id"] == blank["response_id"]
        assert row["scale"] == mirror["scale"] == blank["scale"]
        assert (row["score_0_100"] is None) == (row["problem"] is not None)
        invalid = row["n_not_numbers"] + row["n_out_of_range"]
        assert 0 <= row["n_answered"] + invalid <= row["n_items"]
        assert blank["score_0_100"] == row["score_0_100"]
        assert blank["n_not_numbers"] == blank["n_out_of_range"] == 0
        if row["score_0_100"] is not None:
            assert 0 <= row["score_0_100"] <= 100
            assert row["score_0_100"] + mirror["score_0_100"] == pytest.approx(100)


@settings(max_examples=15, deadline=None)
@given(responses())
def test_every_answer_is_either_valid_or_counted_as_what_is_wrong_with_it(
    drawn: tuple[Instrument, list[list[str]]],
) -> None:
    instrument, answers = drawn
    rows = read_answers(frame_of(instrument, answers), instrument).to_dicts()
    assert len(rows) == len(answers) * len(instrument.items)
    for row in rows:
        kinds = [row["answer"] is not None, row["is_not_number"], row["is_out_of_range"]]
        assert sum(kinds) == (row["given"] is not None)


def reliability_of(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    return scale_reliability(read_answers(frame, INSTRUMENTS[name]), INSTRUMENTS[name])


def test_consistency_says_why_there_is_none() -> None:
    answers = {item_column(item): ["1", "1", "2"] for item in range(1, 13) if item != 12}
    frame = pl.DataFrame({"response_id": ["a", "b", "c"], **answers})
    rows = {row["scale"]: row for row in reliability_of(frame, "bat12").to_dicts()}
    assert rows["exhaustion"]["cronbach_alpha"] == pytest.approx(1.0)
    assert rows["emotional_impairment"]["status"] == TOO_LITTLE_DATA
    assert (rows["total"]["status"], rows["total"]["reason"]) == (SHOWN, NO_ITEMS)
    flat = reliability_of(frame.head(2), "bat12").to_dicts()[0]
    assert (flat["cronbach_alpha"], flat["status"]) == (None, NOT_REPORTABLE)
    (one,) = reliability_of(frame, "single_item").to_dicts()
    assert (one["n_complete"], one["reason"]) == (3, ONE_ITEM)


def test_consistency_of_a_table_worked_out_by_hand() -> None:
    # Sums 2, 5, 5: variance 3. Items 1, 2, 3 and 1, 3, 2: variance 1 each. 2 * (1 - 2 / 3).
    assert cronbach_alpha(np.array([[1.0, 1.0], [2.0, 3.0], [3.0, 2.0]])) == pytest.approx(2 / 3)
