"""What is said of the parts of the workforce that can't be held against each other."""

from __future__ import annotations

import pytest

from dashboards.sentences.workforce import said
from tests.figures.workforce_worlds import NOT_SHOWN, part


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        (("shown", "too_early", "too_early"), "It is too early to hold the quarters"),
        (("too_early", "too_early"), "It is too early to hold the quarters"),
        (("shown", "suppressed", "suppressed"), "Too few quarters have enough people"),
        (("too_early", "suppressed"), "Too few quarters have enough people"),
        (("shown", "not_reportable"), "Too few quarters have enough people"),
    ],
)
def test_parts_that_only_time_is_missing_for_are_not_said_to_be_too_few(
    statuses: tuple[str, ...], expected: str
) -> None:
    parts = [
        part("period", f"Q{i + 1} 2026", None, status=status, **(NOT_SHOWN if i else {}))
        for i, status in enumerate(statuses)
    ]
    assert said("period", parts).startswith(expected)
