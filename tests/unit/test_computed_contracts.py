"""Tables, metrics and claims: complete, consistent, and described once."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest

from pipelines.claims.claim_estimate import ESTIMATE_SCHEMA
from pipelines.claims.register import CLAIM_SCHEMA
from pipelines.contracts import generate_docs
from pipelines.contracts.claims import load_claims
from pipelines.contracts.metric_info import metric_info
from pipelines.contracts.tables import (
    column_info,
    load_metrics,
    load_tables,
    published_tables,
)
from pipelines.disclosure.comparison import RELEASED_SCHEMA
from pipelines.estimators import results
from pipelines.estimators.next_look import NEXT_LOOK_SCHEMA
from pipelines.measurement.practice_counts import PRACTICE_SCHEMA
from pipelines.measurement.practice_summary import PRACTICE_SUMMARY_SCHEMA

SCHEMAS = {
    "comparison": RELEASED_SCHEMA,
    "retention_curve": results.RETENTION_CURVE_SCHEMA,
    "covariate_balance": results.COVARIATE_BALANCE_SCHEMA,
    "weight_summary": results.WEIGHT_SUMMARY_SCHEMA,
    "trial_flow": results.TRIAL_FLOW_SCHEMA,
    "credibility": results.CREDIBILITY_SCHEMA,
    "credibility_check": results.CREDIBILITY_CHECK_SCHEMA,
    "claim": CLAIM_SCHEMA,
    "claim_estimate": ESTIMATE_SCHEMA,
    "coaching_practice": PRACTICE_SCHEMA,
    "practice_summary": PRACTICE_SUMMARY_SCHEMA,
    "next_look": NEXT_LOOK_SCHEMA,
}
ADDED_BY_RELEASE: dict[str, dict[str, pl.DataType]] = {
    "comparison": {"data_until": pl.Date(), "credibility": pl.String()},
    "retention_curve": {
        "data_until": pl.Date(),
        "error_ratio": pl.Float64(),
        "is_clustered": pl.Boolean(),
    },
    "covariate_balance": {
        "rounding": pl.Float64(),
    },
    "weight_summary": {"is_even": pl.Boolean()},
    "coaching_practice": {"gap": pl.Float64()},
}


@pytest.mark.parametrize("name", SCHEMAS)
def test_outcome_tables_are_described_column_by_column(name: str) -> None:
    (table,) = [table for table in load_tables() if table.full_name == f"outcomes.{name}"]
    schema = SCHEMAS[name] | ADDED_BY_RELEASE.get(name, {})
    assert {column.name for column in table.columns} == set(schema)
    assert len(table.columns) == len(schema)
    own = [column.name for column in table.columns if column.name in SCHEMAS[name]]
    assert own == list(SCHEMAS[name])
    kinds = {
        "text": pl.String(),
        "integer": pl.Int64(),
        "number": pl.Float64(),
        "boolean": pl.Boolean(),
        "date": pl.Date(),
    }
    assert {each.name: kinds[each.type] for each in table.columns} == schema


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


def test_claims_use_no_causal_verb() -> None:
    causal = re.compile(
        r"\b(reduces?|keeps?|causes?|because of|leads? to|effects?|lowers|raises)\b"
    )
    for claim in load_claims():
        texts = [claim.wording, claim.note, claim.tested_by, *(e.label for e in claim.estimates)]
        for text in texts:
            assert not causal.search((text or "").lower()), (claim.claim, text)


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
