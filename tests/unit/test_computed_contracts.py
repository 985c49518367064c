"""Tables, metrics and claims: complete, consistent, and honest about what isn't estimated."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest

from pipelines.contracts import generate_docs
from pipelines.contracts.tables import (
    CLAIM_SCHEMA,
    NOT_ESTIMATED,
    claim_rows,
    column_info,
    load_claims,
    load_metrics,
    load_tables,
    metric_info,
    published_tables,
)
from pipelines.outcomes import results

SCHEMAS = {
    "comparison": results.COMPARISON_SCHEMA,
    "retention_curve": results.RETENTION_CURVE_SCHEMA,
    "covariate_balance": results.COVARIATE_BALANCE_SCHEMA,
    "weight_summary": results.WEIGHT_SUMMARY_SCHEMA,
    "trial_flow": results.TRIAL_FLOW_SCHEMA,
    "claim": CLAIM_SCHEMA,
}
NOT_TESTABLE = {"blood_pressure", "brain_circuits", "nervous_system"}


def comparison(**changes: object) -> pl.DataFrame:
    """The weighted difference in voluntary exits within a year, and rows that must not count."""
    row = {
        **dict.fromkeys(results.COMPARISON_SCHEMA),
        "outcome": "voluntary_exit",
        "design": "weighted",
        "estimand": "risk_difference",
        "segment": "all",
        "segment_value": "all",
        "horizon_days": 365,
        "value_a": 0.2,
        "value_b": 0.25,
        "estimate": -0.05,
        "conf_low": -0.09,
        "conf_high": -0.01,
        "verdict": "better",
    }
    others = [
        {**row, "verdict": "worse", **other}
        for other in (
            {"design": "unadjusted"},
            {"horizon_days": 90},
            {"estimand": "risk_ratio"},
            {"outcome": "any_exit"},
            {"segment": "site", "segment_value": "north"},
        )
    ]
    return pl.DataFrame([{**row, **changes}, *others], schema=results.COMPARISON_SCHEMA)


def retention_claim(frame: pl.DataFrame) -> dict[str, object]:
    (row,) = claim_rows(frame).filter(claim="retention").to_dicts()
    return row


@pytest.mark.parametrize("name", SCHEMAS)
def test_outcome_tables_are_described_column_by_column(name: str) -> None:
    (table,) = [table for table in load_tables() if table.full_name == f"outcomes.{name}"]
    assert [column.name for column in table.columns] == list(SCHEMAS[name])
    kinds = {"text": pl.String(), "integer": pl.Int64(), "number": pl.Float64()}
    assert [kinds[column.type] for column in table.columns] == list(SCHEMAS[name].values())


def test_meta_tables_are_described_as_they_are_made() -> None:
    frames = {"column_info": column_info(), "metric_info": metric_info()}
    for name, frame in frames.items():
        (table,) = [table for table in published_tables() if table.full_name == f"meta.{name}"]
        assert frame.columns == [column.name for column in table.columns]
    assert "trial_candidate" not in frames["column_info"]["table_name"]


def test_keys_are_columns_and_private_tables_list_none() -> None:
    for table in load_tables():
        names = {column.name for column in table.columns}
        assert set(table.key) <= names if table.published else not names


def test_every_description_is_a_sentence_and_units_match_names() -> None:
    units = {"_days": "days", "_hours": "hours", "_0_100": "points 0-100", "_1_5": "points 1-5"}
    for table in published_tables():
        for column in table.columns:
            assert column.description.endswith("."), (table.name, column.name)
            for ending, unit in units.items():
                if column.name.endswith(ending) and column.name != "weekly_hours":
                    assert column.unit == unit, (table.name, column.name)


def test_metrics_have_the_ids_of_the_outcomes() -> None:
    assert all(metric.is_computed for metric in load_metrics())
    assert [metric.outcome for metric in load_metrics()][:3] == list(results.OUTCOMES)
    assert [metric.outcome for metric in load_metrics()][3:] == [
        "emotional_exhaustion",
        "cynicism",
        "compassion_satisfaction",
        "morale",
        "unplanned_absence",
        "customer_satisfaction",
        "quality_score",
    ]


@pytest.mark.parametrize(
    ("verdict", "claimed"),
    [
        ("better", "supported"),
        ("worse", "not_supported"),
        ("no_clear_difference", "unclear"),
        ("too_little_data", "too_little_data"),
        ("not_reportable", "not_reportable"),
    ],
)
def test_the_retention_claim_follows_the_headline_estimate(verdict: str, claimed: str) -> None:
    row = retention_claim(comparison(verdict=verdict))
    assert (row["verdict"], row["horizon_days"], row["design"]) == (claimed, 365, "weighted")


def test_the_retention_claim_says_the_estimate_in_words() -> None:
    assert retention_claim(comparison())["reason"] == (
        "of 100 people, 20.0 against 25.0 choose to leave within 365 days "
        "(difference -5.0, likely range -9.0 to -1.0)"
    )


def test_a_withheld_estimate_is_not_replaced_by_a_shorter_horizon() -> None:
    reason = "hidden for privacy: fewer than 10 people"
    row = retention_claim(comparison(verdict="not_reportable", estimate=None, reason=reason))
    assert (row["verdict"], row["reason"]) == ("not_reportable", reason)


def test_without_an_estimate_the_retention_claim_has_no_verdict() -> None:
    row = retention_claim(comparison().clear())
    assert (row["verdict"], row["horizon_days"]) == ("not_reportable", None)


def test_no_other_claim_pretends_to_a_verdict() -> None:
    for row in claim_rows(comparison()).filter(pl.col("claim") != "retention").to_dicts():
        if row["claim"] in NOT_TESTABLE:
            assert row["verdict"] == "not_testable_here"
        else:
            assert (row["verdict"], row["reason"]) == ("not_reportable", NOT_ESTIMATED)
        assert row["outcome"] is None


def test_claims_use_no_causal_verb() -> None:
    causal = re.compile(
        r"\b(reduces?|keeps?|causes?|because of|leads? to|effects?|lowers|raises)\b"
    )
    for claim in load_claims():
        assert not causal.search(claim.wording.lower()), claim.claim


def test_generated_documents_are_up_to_date() -> None:
    assert generate_docs.main(["--check"]) == 0


def test_an_outdated_document_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(generate_docs, "DOCS_FOLDER", tmp_path)
    assert generate_docs.main([]) == 0
    (tmp_path / "metrics.md").write_text("something else")
    assert generate_docs.main(["--check"]) == 1
    message = capsys.readouterr().err
    assert "docs/metrics.md" in message
    assert "data-dictionary.md" not in message
