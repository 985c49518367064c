"""Every published table of numbers over people has a rule, and each rule does what it says."""

from __future__ import annotations

import inspect

import numpy as np
import polars as pl
import pytest

from pipelines.contracts.tables import published_tables
from pipelines.outcomes.results import COVARIATE_BALANCE_SCHEMA, INSTRUMENT_SCHEMA
from pipelines.privacy import rules
from pipelines.privacy.cells import EVERYBODY, HIDDEN_CELL_SCHEMA
from pipelines.privacy.rules import (
    SUPPRESSION,
    released_as_it_is,
    suppress_balance,
    suppress_instrument,
)
from pipelines.privacy.suppression import Hiding

WITHOUT_RULE = {"meta.estimate_change", "quality.k_anonymity"}
"""Made of two publications, both released; and of the rows of people that analysts get anyway."""


def hiding(*cells: tuple[str, str], **n_people: int) -> Hiding:
    rows = [(EVERYBODY, 0, *cell, "primary") for cell in cells]
    return Hiding(10, (90,), pl.DataFrame(rows, HIDDEN_CELL_SCHEMA, orient="row"), n_people)


def test_every_published_table_of_numbers_over_people_has_a_rule() -> None:
    over_people = {
        table.full_name
        for table in published_tables()
        if any(column.personal == "group" for column in table.columns)
    }
    assert over_people - WITHOUT_RULE <= set(SUPPRESSION)
    assert set(SUPPRESSION) <= {table.full_name for table in published_tables()}


def test_whatever_is_released_as_it_is_says_why() -> None:
    lines = inspect.getsource(rules).splitlines()
    for table, rule in SUPPRESSION.items():
        if rule is not released_as_it_is:
            continue
        at = next(k for k, line in enumerate(lines) if line.strip().startswith(f'"{table}":'))
        while "released_as_it_is" in lines[at - 1]:
            at -= 1
        assert lines[at - 1].strip().startswith("#"), table


def balance(n_a: int, n_b: int, mine_a: int, mine_b: int) -> float:
    """The standardised difference of a share, as published with all its digits."""
    values = np.concatenate(
        [np.repeat([1.0, 0.0], [k, n - k]) for k, n in ((mine_a, n_a), (mine_b, n_b))]
    )
    arms = np.split(values, [n_a])
    spread = np.sqrt((arms[0].var(ddof=1) + arms[1].var(ddof=1)) / 2)
    return float((arms[0].mean() - arms[1].mean()) / spread)


def counts_that_fit(told: float, n_a: int, n_b: int, tolerance: float) -> list[tuple[int, int]]:
    """Try all pairs of counts."""
    k_a, k_b = np.meshgrid(np.arange(n_a + 1), np.arange(n_b + 1), indexing="ij")
    p_a, p_b = k_a / n_a, k_b / n_b
    spread = np.sqrt((p_a * (1 - p_a) * n_a / (n_a - 1) + p_b * (1 - p_b) * n_b / (n_b - 1)) / 2)
    with np.errstate(invalid="ignore", divide="ignore"):
        fits = np.abs((p_a - p_b) / spread - told) <= tolerance
    return [(int(a), int(b)) for a, b in np.argwhere(fits)]


def test_a_standardised_difference_no_longer_tells_two_counts() -> None:
    exact = balance(311, 290, 7, 12)
    assert counts_that_fit(exact, 311, 290, 1e-12) == [(7, 12)]
    frame = pl.DataFrame(
        [("weighted", "trigger", "rare", "Trigger", exact, 0.123456, None)],
        COVARIATE_BALANCE_SCHEMA,
        orient="row",
    )
    released = suppress_balance(frame, hiding()).row(0, named=True)
    fitting = counts_that_fit(released["smd_before"], 311, 290, 0.005)
    assert (7, 12) in fitting
    assert len(fitting) > 50
    assert len({a for a, _ in fitting}) > 10


def test_the_share_of_a_hidden_part_is_hidden_in_the_balance_too() -> None:
    frame = pl.DataFrame(
        [
            ("weighted", "site", "Quay", "Site", 0.1, 0.2, None),
            ("weighted", "site", "Aster", "Site", 0.1, 0.2, None),
            ("weighted", "tenure", None, "Tenure", 0.1, 0.2, None),
        ],
        COVARIATE_BALANCE_SCHEMA,
        orient="row",
    )
    released = suppress_balance(frame, hiding(("site", "Quay")))
    assert released["smd_before"].to_list() == [None, 0.1, 0.1]
    assert released["reason"][0].startswith("hidden for privacy")
    assert released["reason"].to_list()[1:] == [None, None]


@pytest.mark.parametrize(
    ("n_people", "is_shown"), [(600, True), (599, False), (591, False), (590, True), (None, True)]
)
def test_a_first_stage_without_a_few_people_is_hidden(n_people: int | None, is_shown: bool) -> None:
    row = {name: 1.0 for name, kind in INSTRUMENT_SCHEMA.items() if kind == pl.Float64}
    row |= {"outcome": "mood", "design": "coach_preference", "n_people": n_people, "n_coaches": 9}
    frame = pl.DataFrame([row], INSTRUMENT_SCHEMA)
    released = suppress_instrument(frame, hiding(mood=600))
    assert (released["first_stage"][0] is not None) == is_shown
    assert released.equals(frame) == is_shown
    if not is_shown:
        assert released["n_people"][0] is None
        assert released["reason"][0].startswith("hidden for privacy")
