"""Style from behaviours and agreement tables on small sets that can be counted by eye."""

from __future__ import annotations

import random
from typing import Any

import polars as pl
import pytest

from pipelines.contracts.sources import load_contracts
from pipelines.core.status import NO_DATA, NOT_REPORTABLE, SHOWN
from pipelines.measurement.style_coding import (
    BALANCE,
    BEHAVIOURS,
    COMPASSIONATE_BEHAVIOURS,
    COMPLIANCE_BEHAVIOURS,
    ONE_LABEL,
    OWN_LABELS,
    RATER_AGREEMENT_SCHEMA,
    STYLE_AGREEMENT_SCHEMA,
    behaviour_balance,
    rater_agreement,
    style_agreement,
)

Row = dict[str, Any]


def balance_of(warm: list[bool | None], strict: list[bool | None]) -> float | None:
    """The balance of one session whose other behaviours weren't coded."""
    row = dict(zip(COMPASSIONATE_BEHAVIOURS, warm, strict=False))
    row |= dict(zip(COMPLIANCE_BEHAVIOURS, strict, strict=False))
    frame = pl.DataFrame(
        [{**dict.fromkeys(BEHAVIOURS), **row}], schema=dict.fromkeys(BEHAVIOURS, pl.Boolean)
    )
    value: float | None = frame.select(behaviour_balance()).item()
    return value


def test_the_behaviours_are_those_of_the_landing_contract() -> None:
    sessions = load_contracts().source("coaching_sessions")
    assert tuple(each.name for each in sessions.columns if each.type == "boolean") == BEHAVIOURS


@pytest.mark.parametrize(
    ("warm", "strict", "balance"),
    [
        ([True] * 10, [False] * 4, 1.0),
        ([False] * 10, [True] * 4, -1.0),
        ([True] * 5 + [False] * 5, [True, False] * 2, 0.0),
        ([True, True, True, True, False], [True, False], 0.3),
        ([True] * 4, [False] * 4, None),
        ([True] * 10, [False], None),
        ([], [], None),
    ],
)
def test_balance(warm: list[bool | None], strict: list[bool | None], balance: float | None) -> None:
    assert balance_of(warm, strict) == (None if balance is None else pytest.approx(balance))


def session(style: str | None, behaviours: str | None, number: int) -> Row:
    return {
        "agent_key": f"a{number % 9}",
        "coach_key": f"c{number % 6}",
        "style": style,
        "style_from_behaviours": behaviours,
    }


def test_label_and_behaviours_are_compared_where_both_speak() -> None:
    pairs: list[tuple[str | None, str | None]] = [
        *[("compassionate", "compassionate")] * 20,
        *[("compassionate", "compliance")] * 5,
        *[("compliance", "compassionate")] * 10,
        *[("compliance", "compliance")] * 15,
        ("compliance", "neither"),
        ("compassionate", None),
        ("mixed", "compliance"),
        (None, "compassionate"),
    ]
    rows = [session(*pair, number) for number, pair in enumerate(pairs)]
    frame = style_agreement(pl.DataFrame(rows))
    assert dict(frame.schema) == STYLE_AGREEMENT_SCHEMA
    (row,) = frame.to_dicts()
    assert (row["n_sessions"], row["n_labelled"], row["n_coded"]) == (54, 52, 51)
    assert (row["n_undecided"], row["n_compared"]) == (1, 50)
    assert (row["n_people"], row["n_coaches"]) == (9, 6)
    assert row["agreement_share"] == pytest.approx(0.7)
    assert row["kappa"] == pytest.approx(0.4)
    assert row["conf_low"] < 0.4 < row["conf_high"]
    assert (row["status"], row["reason"]) == (SHOWN, None)


def test_one_label_alone_has_no_kappa() -> None:
    rows = [session("compassionate", ("compassionate", "compliance")[n % 2], n) for n in range(40)]
    (row,) = style_agreement(pl.DataFrame(rows)).to_dicts()
    assert (row["agreement_share"], row["kappa"], row["conf_low"]) == (0.5, None, None)
    assert (row["status"], row["reason"]) == (SHOWN, ONE_LABEL)


@pytest.mark.parametrize(
    ("label", "coded", "status", "reason"),
    [
        ("mixed", "compliance", NOT_REPORTABLE, f"{OWN_LABELS}, and no session has one of these"),
        ("compliance", None, NO_DATA, "no session has enough coded behaviours"),
        (None, "compliance", NO_DATA, "no session has a label"),
        (
            "compliance",
            "undecided",
            NO_DATA,
            "the coded behaviours speak for neither kind in any session",
        ),
    ],
)
def test_why_nothing_is_compared_is_what_holds_of_every_session(
    label: str | None, coded: str | None, status: str, reason: str
) -> None:
    schema = pl.DataFrame([session("mixed", "compliance", 1)]).schema
    frame = pl.DataFrame([session(label, coded, 1)], schema=schema)
    (row,) = style_agreement(frame).to_dicts()
    assert (row["n_sessions"], row["n_compared"], row["n_people"], row["kappa"]) == (1, 0, 0, None)
    assert (row["status"], row["reason"]) == (status, reason)


def rating(session_id: str, rater: str, **seen: bool | None) -> Row:
    number = int(session_id[1:])
    return {
        "session_id": session_id,
        "rater_id": rater,
        "employee_id": f"e{number}",
        "coach_id": f"c{number % 7}",
        **dict.fromkeys(BEHAVIOURS),
        **seen,
    }


def ratings(rows: list[Row]) -> pl.DataFrame:
    texts = dict.fromkeys(("session_id", "rater_id", "employee_id", "coach_id"), pl.String)
    return pl.DataFrame(rows, schema={**texts, **dict.fromkeys(BEHAVIOURS, pl.Boolean)})


def test_raters_are_compared_behaviour_by_behaviour() -> None:
    # Krippendorff's binary example for one behaviour; a session with one rater doesn't count.
    meg, owen = [0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]
    rows = [rating("S99", "meg", offered_help=True)]
    for number, (one, other) in enumerate(zip(meg, owen, strict=True)):
        rows.append(rating(f"S{number}", "meg", offered_help=bool(one)))
        rows.append(rating(f"S{number}", "owen", offered_help=bool(other)))
    frame = rater_agreement(ratings(rows), seed=1)
    assert dict(frame.schema) == RATER_AGREEMENT_SCHEMA
    by_name = {(row["behaviour"], row["statistic"]): row for row in frame.to_dicts()}
    assert len(by_name) == len(BEHAVIOURS) + 2
    row = by_name["offered_help", "krippendorff_alpha"]
    assert row["estimate"] == pytest.approx(0.095, abs=0.0005)
    assert (row["n_sessions"], row["n_people"], row["n_coaches"], row["n_raters"]) == (10, 10, 7, 2)
    assert row["conf_low"] < row["estimate"] < row["conf_high"]
    other_row = by_name["imposed_plan", "krippendorff_alpha"]
    assert (other_row["n_sessions"], other_row["estimate"]) == (0, None)
    assert other_row["status"] == NO_DATA


def full_ratings(raters: list[str], per_session: int, seed: int) -> pl.DataFrame:
    draw = random.Random(seed)
    rows = []
    for number in range(40):
        truth = {name: draw.random() < 0.5 for name in BEHAVIOURS}
        for rater in draw.sample(raters, per_session):
            seen = {name: value ^ (draw.random() < 0.1) for name, value in truth.items()}
            rows.append(rating(f"S{number}", rater, **seen))
    draw.shuffle(rows)
    return ratings(rows)


@pytest.mark.parametrize(
    ("raters", "statistic"), [(["r1", "r2"], "icc_2_1"), (["r1", "r2", "r3"], "icc_1")]
)
def test_the_balance_gets_the_correlation_that_fits_who_rated(
    raters: list[str], statistic: str
) -> None:
    frame = rater_agreement(full_ratings(raters, 2, seed=5), seed=1)
    alpha, icc = frame.filter(behaviour=BALANCE).to_dicts()
    assert (alpha["statistic"], icc["statistic"]) == ("krippendorff_alpha", statistic)
    assert alpha["n_sessions"] == icc["n_sessions"] == 40
    assert icc["estimate"] == pytest.approx(alpha["estimate"], abs=0.03)
    assert 0.3 < icc["conf_low"] < icc["estimate"] < icc["conf_high"] < 1


def test_the_order_of_rows_and_the_names_of_raters_change_nothing() -> None:
    frame = full_ratings(["r1", "r2", "r3"], 2, seed=6)
    swapped = frame.with_columns(pl.col("rater_id").replace({"r1": "r3", "r3": "r1"})).sample(
        fraction=1.0, shuffle=True, seed=2
    )
    for one, other in zip(
        rater_agreement(frame, seed=1).to_dicts(),
        rater_agreement(swapped, seed=1).to_dicts(),
        strict=True,
    ):
        assert one == pytest.approx(other)
