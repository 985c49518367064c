"""What the pulse says of sites: nothing about those for which nobody knows what is usual."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from dashboards.sentences.pulse import pulse
from tests.figures.today_worlds import Row, months, publication

USUAL = [4, 6, 3, 5, 7, 4, 5, 3, 6, 4, 5, 6] * 2
FEW = [1, 0] * 12
"""Under two leavers a month set no limits."""


def site(exits: Sequence[int]) -> list[Row]:
    return months(24, n_exits=exits, n_closing=[120] * 24)


def context(sites: Mapping[str, Sequence[int]]) -> str:
    told = publication(months(24), sites={name: site(exits) for name, exits in sites.items()})
    return pulse(told).context


@pytest.mark.parametrize(
    ("sites", "expected"),
    [
        ({"Aster": USUAL, "Birch": USUAL}, "No site is outside its own usual range."),
        (
            {"Aster": USUAL, "Birch": FEW, "Cedar": FEW},
            "Too few leave at 2 of 3 sites to say what is usual; no other is outside its range.",
        ),
        ({"Aster": FEW, "Birch": FEW}, "No site has enough leavers to say what is usual there."),
        (
            {"Aster": [*USUAL[:-1], 60], "Birch": USUAL, "Cedar": FEW},
            "Aster is outside its own usual range; the others that can be judged are not.",
        ),
        (
            {"Aster": [*USUAL[:-1], 60], "Birch": FEW},
            "Aster is outside its own usual range; no other site has enough leavers to say.",
        ),
        (
            {"Aster": [*USUAL[:-1], 60], "Birch": USUAL},
            "Aster is outside its own usual range; the others are not.",
        ),
    ],
)
def test_a_site_without_limits_is_never_said_to_be_as_usual(
    sites: Mapping[str, Sequence[int]], expected: str
) -> None:
    assert context(sites).endswith(expected)
