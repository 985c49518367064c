"""Scale scores and Cronbach's alpha of 908 real carers against R (`efc`, psych)."""

from __future__ import annotations

from collections import Counter
from typing import Any

import polars as pl
import pytest

from pipelines.measurement.instruments import Instrument, instrument_from
from pipelines.measurement.reliability import scale_reliability
from pipelines.measurement.scoring import read_answers, score
from tests.reference.support import expected, reference_data

SIX_ITEMS = ("c83cop2", "c84cop3", "c85cop4", "c86cop5", "c87cop6", "c88cop7")
TOLERANCE = 1e-9


def instrument(n_items: int, **scale: Any) -> Instrument:
    """A questionnaire of one sum scale, answered from 1 (never) to 4 (always)."""
    made = {"items": list(range(1, n_items + 1)), "score": "sum", "min_answered": n_items} | scale
    content = {"title": "efc", "source": "R", "answers": [1, 2, 3, 4], "scales": {"negative": made}}
    return instrument_from("efc", content)


def carers(columns: tuple[str, ...]) -> pl.DataFrame:
    """The carers' answers with our column names, one row each."""
    data = reference_data("r_efc").with_row_index("response_id")
    renamed = {name: f"item_{place}" for place, name in enumerate(columns, start=1)}
    return data.with_columns(pl.col("response_id").cast(pl.String)).rename(renamed)


def raw_scores(frame: pl.DataFrame, questionnaire: Instrument) -> pl.Series:
    return score(frame, questionnaire)["raw_score"]


def test_complete_six_item_sums_are_those_of_r() -> None:
    r = expected("efc")["six_item_negative"]
    assert tuple(r["items"]) == SIX_ITEMS
    scores = raw_scores(carers(SIX_ITEMS), instrument(6))
    assert len(scores) == expected("efc")["n"]
    known = scores.drop_nulls()
    assert len(known) == r["n"]
    assert known.mean() == pytest.approx(r["mean"], abs=TOLERANCE)
    assert known.std() == pytest.approx(r["sd"], abs=TOLERANCE)
    assert known.head(6).to_list() == r["first6"]


def test_sums_prorated_from_half_of_the_answers_are_those_of_r() -> None:
    r = expected("efc")["six_item_prorated_half_rule"]
    known = raw_scores(carers(SIX_ITEMS), instrument(6, min_answered=3)).drop_nulls()
    assert len(known) == r["n"]
    assert known.mean() == pytest.approx(r["mean"], abs=1e-8)


def test_cronbach_alpha_of_complete_answers_is_that_of_r() -> None:
    r = expected("efc")["six_item_negative"]
    answers = read_answers(carers(SIX_ITEMS), instrument(6))
    (row,) = scale_reliability(answers, instrument(6)).to_dicts()
    assert row["n_complete"] == r["n_complete"]
    assert row["cronbach_alpha"] == pytest.approx(r["alpha_raw_complete"], abs=TOLERANCE)
    assert row["reason"] is None


@pytest.mark.parametrize(("name", "reverse"), [("plain7", []), ("rev_c82", [1])])
def test_differences_from_the_delivered_sum_are_those_of_r(name: str, reverse: list[int]) -> None:
    """Seven items with and without the first one turned round, person by person."""
    columns = ("c82cop1", *SIX_ITEMS)
    frame = carers(columns)
    ours = raw_scores(frame, instrument(7, reverse=reverse))
    differences = (ours - frame["neg_c_7"]).drop_nulls()
    counted = Counter(f"{int(each)}" for each in differences)
    r = expected("efc")
    assert dict(counted) == r["diff_summary"][name]
    assert (differences == 0).mean() == pytest.approx(r["match_neg_c_7"][name], abs=TOLERANCE)
