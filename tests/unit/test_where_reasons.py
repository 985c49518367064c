"""`make where` asked for a sentence of the claim register: each figure is of its own column.

The sentences are as pages had them; the rows are what the tables had beside them.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import polars as pl
import pytest

from assets.commands.where_reasons import estimates_told
from dashboards.data import SiteData
from pipelines.lineage.marked_values import Origin, Writing

FOLLOWED = "quality score in days 1 to 90 with it against without it, within a coach"
LEFT = "leaving by choice within 180 days with it against without it, within a coach"
OF_FIVE = "customer satisfaction, people above the middle minus the others"
ROWS: list[tuple[str, str, str, float, float, float, int]] = [
    ("c", FOLLOWED, "points 0-100", 0.1, -0.1, 0.4, 1530),
    ("c", LEFT, "fraction 0-1", 0.0, -0.039, 0.039, 1600),
    ("c", OF_FIVE, "points 1-5", 0.01, -0.01, 0.05, 1785),
]
SENTENCES = {
    FOLLOWED: "+0.1 points of 100 (likely range −0.1 to +0.4; 1,530 people)",
    LEFT: "0.0 per 100 people (likely range −3.9 to +3.9; about 1,600 people)",
    OF_FIVE: "+0.01 points of 5 (likely range −0.01 to +0.05; 1,785 people)",
}
REASON = "; ".join(f"{label}: {told}" for label, told in SENTENCES.items())
ROLES = {
    FOLLOWED: "1=label 90=label +0.1=estimate 100=unit −0.1=conf_low +0.4=conf_high 1,530=n_people",
    LEFT: "180=label 0.0=estimate 100=unit −3.9=conf_low +3.9=conf_high 1,600=n_people",
    OF_FIVE: "+0.01=estimate 5=unit −0.01=conf_low +0.05=conf_high 1,785=n_people",
}


def told(asked: str, reason: str = REASON) -> dict[str, str]:
    """The columns of the asked figures; none where no estimate has them."""
    names = ["claim", "label", "unit", "estimate", "conf_low", "conf_high", "n_people"]
    claim = pl.DataFrame({"claim": ["b", "c"], "reason": ["nothing", reason]})
    rows = pl.DataFrame(ROWS, schema=names, orient="row").with_row_index("estimate_name")
    data: Any = SimpleNamespace(claim=claim, claim_estimate=rows)
    writing = Writing(asked, (Origin("outcomes.claim", "reason", 1),), ())
    held = estimates_told(asked, [writing], cast(SiteData, data))
    return {n: "+".join(names) for each in held for n, names in each.figures.items()}


@pytest.mark.parametrize("label", SENTENCES)
def test_a_figure_is_of_its_role_whatever_other_figures_look_alike(label: str) -> None:
    wanted = dict(each.split("=") for each in ROLES[label].split())
    assert told(f"{label}: {SENTENCES[label]}") == wanted
    sentence = label[0].upper() + label[1:]
    assert told(f"{sentence}: {SENTENCES[label]}.") == wanted


def test_a_part_of_a_sentence_is_told_of_its_own_estimate() -> None:
    assert told("likely range −3.9 to +3.9") == {"−3.9": "conf_low", "+3.9": "conf_high"}
    assert told("+0.01 points of 5") == {"+0.01": "estimate", "5": "unit"}


def test_what_isnt_written_as_its_column_says_is_no_figure_of_it() -> None:
    moved = REASON.replace("−3.9 to +3.9", "+3.9 to −3.9").replace("0.0 per", "0.3 per")
    assert not told(f"{LEFT}: 0.3 per 100 people (likely range +3.9 to −3.9", moved)
    assert not told("one survey found 87 per 100", f"{REASON}; one survey found 87 per 100")
