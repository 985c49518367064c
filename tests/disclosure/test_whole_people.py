"""The attack with whole people, on figures that can be worked out by hand."""

from __future__ import annotations

from tests.disclosure.kinds_attack import Inequality, certain_kinds
from tests.disclosure.whole_people import whole_people

TRUTH = {"Ann": "voluntary", "Bo": "involuntary", "Cy": "voluntary", "Di": "other"}


def told(low: float, high: float, **of: float) -> Inequality:
    return Inequality({("voluntary", name): weight for name, weight in of.items()}, low, high)


def test_more_follows_of_whole_people_than_of_fractions() -> None:
    """2 Ann + 2 Bo + Cy = 3: Cy left by choice, as 2 or 4 would be even; of fractions not."""
    known = [told(2.9, 3.1, Ann=2.0, Bo=2.0, Cy=1.0)]
    assert certain_kinds(known, TRUTH) == set()
    assert whole_people(known, TRUTH, set(TRUTH), 5.0) == ({"Cy"}, set())


def test_who_isnt_answered_in_time_is_told_apart() -> None:
    known = [told(2.9, 3.1, Ann=2.0, Bo=2.0, Cy=1.0)]
    assert whole_people(known, TRUTH, set(TRUTH), 0.0) == (set(), {"Cy"})


def test_what_follows_of_fractions_follows_of_whole_people() -> None:
    known = [told(0.9, 1.1, Ann=1.0), told(0.9, 1.1, Bo=1.0, Cy=1.0)]
    assert certain_kinds(known, TRUTH) == {"Ann"}
    assert whole_people(known, TRUTH, set(TRUTH), 5.0) == ({"Ann"}, set())
