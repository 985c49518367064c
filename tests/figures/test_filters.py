"""What the filters' file says of each part, against the rows that it was made from."""

from __future__ import annotations

import json
from typing import Any

import polars as pl

from dashboards.frames import empty
from dashboards.pages.segment_filters import FIELDS, part_texts, parts_script
from tests.figures.frames import COMPARISON_SCHEMA, difference, row

HIDDEN = "hidden for privacy: fewer than 10 people"
BOTH = "site × tenure_band"


def part(segment: str, value: str, design: str = "weighted", **others: Any) -> dict[str, Any]:
    place = {"segment": segment, "segment_value": value}
    return row("voluntary_exit", 365, design, "risk_difference", **{**place, **others})


NUMBERS = (
    "value_a", "value_b", "estimate", "std_error", "conf_low", "conf_high",
    "n_people_a", "n_people_b", "n_events_a", "n_events_b",
)  # fmt: skip
NOTHING = dict.fromkeys(NUMBERS)
ROWS = [
    part("site", "North", **difference(0.18, 0.25, 0.02)),
    part("site", "North", "unadjusted", **difference(0.15, 0.27, 0.02)),
    part("site", "South", **NOTHING, verdict="not_reportable", status="suppressed", reason=HIDDEN),
    part(
        "period",
        "2025-Q1",
        **NOTHING,
        verdict="not_reportable",
        status="no_data",
        reason="no data: nobody yet",
    ),
    part(
        "period",
        "2025-Q2",
        **NOTHING,
        verdict="not_reportable",
        status="too_early",
        reason="nobody was followed for so long",
    ),
    part("tenure_band", "3 years or more", **difference(0.2, 0.2, 0.05)),
    part("tenure_band", "under 90 days", **difference(0.2, 0.2, 0.05)),
    part(BOTH, "North × under 90 days", **difference(0.3, 0.2, 0.01)),
    part("employment_type", "full_time", **difference(0.1, 0.2, 0.01)),
    part("all", "all", **difference(0.1, 0.2, 0.01)),
]


NO_PARTS = empty("segment_estimate")()


def made(parts: pl.DataFrame = NO_PARTS) -> dict[str, Any]:
    return part_texts(pl.DataFrame(ROWS, schema=COMPARISON_SCHEMA), parts)


def cell(texts: dict[str, Any], segment: str, value: str) -> Any:
    found = texts["segments"][segment][value][texts["metrics"].index("voluntary_exit|365")]
    return dict(zip(FIELDS, found, strict=True)) if isinstance(found, list) else found


def test_a_part_says_its_own_difference_range_people_and_verdict() -> None:
    texts = made()
    north = cell(texts, "site", "North")
    assert north["number"] == "−7.0"
    assert north["range"] == "3.1 to 10.9 fewer"
    assert (north["value_a"], north["value_b"]) == ("18.0", "25.0")
    assert north["people"] == "1,240 and 1,315 people"
    assert north["before"] == "Everybody: −10.0"
    assert texts["verdicts"][north["verdict"]][0] == "better"
    both = cell(texts, BOTH, "North × under 90 days")
    assert both["number"] == "+10.0"
    assert texts["verdicts"][both["verdict"]][0] == "worse"


def test_a_part_that_was_steadied_has_that_one_number_beside_everybodys() -> None:
    """No other figure of the part, from which another difference would follow."""
    drawn = {
        "segment": "site", "segment_value": "North", "outcome": "voluntary_exit",
        "horizon_days": 365, "estimand": "risk_difference", "shrunken_estimate": -0.081,
        "shrunken_conf_low": -0.11, "shrunken_conf_high": 0.004,
        "shrunken_verdict": "no_clear_difference",
    }  # fmt: skip
    texts = made(pl.DataFrame([drawn], schema=NO_PARTS.schema, orient="row"))
    north = cell(texts, "site", "North")
    assert (north["number"], north["range"]) == ("−8.1", "11.0 fewer to 0.4 more")
    assert texts["verdicts"][north["verdict"]][0] == "no_clear_difference"
    assert (north["value_a"], north["value_b"], north["both"]) == ("–", "–", "Everybody: −10.0")
    assert north["before"] == "Steadied by the other sites"
    assert not [text for text in north.values() if "−7.0" in str(text) or "−12" in str(text)]
    alone = cell(texts, BOTH, "North × under 90 days")
    assert (alone["number"], alone["before"]) == ("+10.0", "Everybody: −10.0")


def test_a_hidden_part_has_a_reason_and_no_number() -> None:
    texts = made()
    hidden = cell(texts, "site", "South")
    assert isinstance(hidden, int)
    assert texts["reasons"][hidden][0] == "Hidden for privacy"
    absent = cell(texts, "period", "2025-Q1")
    assert texts["reasons"][absent][0] == "No data"
    early = cell(texts, "period", "2025-Q2")
    assert texts["reasons"][early][0] == "Too early"


def test_only_what_the_form_offers_is_in_the_file_and_bands_stand_in_their_order() -> None:
    texts = made()
    assert set(texts["segments"]) == {"site", "period", "tenure_band", BOTH}
    bands = [value for value, _ in texts["values"]["tenure_band"]]
    assert bands == ["under 90 days", "3 years or more"]
    assert texts["values"]["role"] == []


def test_the_file_is_one_assignment_that_no_value_can_break_out_of() -> None:
    rows = [part("site", "</script><b>", **difference(0.1, 0.2, 0.01))]
    script = parts_script(pl.DataFrame(rows, schema=COMPARISON_SCHEMA), NO_PARTS)
    assert script.startswith("window.PARTS={")
    assert "<" not in script
    assert json.loads(script.removeprefix("window.PARTS=").removesuffix(";\n"))["values"]["site"]


def test_without_parts_there_is_nothing_to_choose() -> None:
    texts = part_texts(pl.DataFrame(ROWS[-1:], schema=COMPARISON_SCHEMA), NO_PARTS)
    assert texts["segments"] == {}
    assert not any(texts["values"].values())
