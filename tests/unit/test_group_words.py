"""The names of groups in sentences."""

from __future__ import annotations

import pytest

from pipelines.core.figures import figures, signed, unit_in_words
from pipelines.core.group_words import group_of
from pipelines.estimators.sensitivity.check_row import side_in_words


@pytest.mark.parametrize(
    ("label", "told"),
    [
        ("compliance", "the compliance group"),
        ("Qualitätskontrolle", "the Qualitätskontrolle group"),
        ("trained coaches", "the group “trained coaches”"),
        ("the group with it", "the group with it"),
    ],
)
def test_a_label_becomes_the_name_of_its_group(label: str, told: str) -> None:
    assert group_of(label) == told


def test_what_comes_to_zero_has_no_sign() -> None:
    assert [signed(value, 1) for value in (0.04, -0.04, 0.05, -0.05, -1.0)] == [
        "0.0", "0.0", "+0.1", "-0.1", "-1.0",
    ]  # fmt: skip


def test_an_estimate_and_its_range_have_as_many_decimals() -> None:
    value, low, high = 0.0, -8.5, 8.5
    told = [
        figures(x, "points 0-100", is_signed=True, beside=(value, low, high))
        for x in (value, low, high)
    ]
    assert told == ["0.0", "−8.5", "+8.5"]
    clear = (0.031, 0.012, 0.05)
    told = [figures(x, "points 0-100", is_signed=True, beside=clear) for x in clear]
    assert told == ["+0.03", "+0.01", "+0.05"], "clear of zero isn't written as zero"
    assert unit_in_words("points 0-100") == "points of 100"
    assert unit_in_words("points 1-5") == "points of 5"
    assert unit_in_words("fraction 0-1") == "per 100 people"


def test_no_difference_is_larger_than_its_scale() -> None:
    assert figures(-1.406, "fraction 0-1", is_signed=True) == "−100.0"
    assert figures(-1.406, "points 0-100", is_signed=True) == "−1.4"
    assert figures(105.0, "points 0-100", is_signed=True) == "+100.0"
    assert figures(-4.2, "points 1-5", is_signed=True) == "−4.00"
    assert figures(4.2, "points 1-5", is_signed=False) == "4.20", "a level, and no difference"
    assert figures(-105.0, "minutes", is_signed=True) == "−105.0"


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (-0.02, 0.01, "on both sides of zero"),
        (0.0, 0.07, "reaching zero"),
        (-0.07, -0.01, "on the same side throughout"),
    ],
)
def test_which_side_of_zero_differences_lie_on(low: float, high: float, said: str) -> None:
    assert side_in_words(low, high) == said
