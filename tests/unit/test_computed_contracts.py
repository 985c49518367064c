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
from pipelines.contracts.definitions import load_definitions
from pipelines.contracts.metric_info import metric_info
from pipelines.contracts.relationships import relationships
from pipelines.contracts.sources import load_contracts
from pipelines.contracts.tables import (
    column_info,
    comment_statements,
    load_metrics,
    load_tables,
    published_tables,
)
from pipelines.contracts.trend_measures import trend_measures
from pipelines.core.queries import analysts_macros, macros
from pipelines.core.warehouse import fetch, open_warehouse
from pipelines.disclosure.comparison import RELEASED_SCHEMA
from pipelines.estimators import results
from pipelines.estimators.next_look import NEXT_LOOK_SCHEMA
from pipelines.estimators.trend.signals import RUN
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


COUNTED = ("people", "sessions", "contacts", "hours")


def test_every_count_that_may_be_hidden_names_its_status() -> None:
    """A sum over months of which some are hidden is too low: its COMMENT says where to look."""
    found = 0
    for table in published_tables():
        names = {column.name for column in table.columns}
        if table.schema_name != "marts" or "status" not in names:
            continue
        for column in table.columns:
            if column.unit not in COUNTED:
                continue
            assert column.hidden_by in names, (table.full_name, column.name)
            told = (
                column_info()
                .filter(pl.col("table_name") == table.name, pl.col("column_name") == column.name)[
                    "description"
                ]
                .item()
            )
            assert told.endswith(f"A sum over hidden rows is too low: look at {column.hidden_by}.")
            assert any(told in each for each in comment_statements(table))
            found += 1
    assert found > 60


def test_a_key_with_null_is_told_from_one_without() -> None:
    """By its description, and by what `meta.relationship` calls it."""
    kinds = {(row["table_name"], row["kind"]) for row in relationships().to_dicts()}
    for table in published_tables():
        told = {
            column.name
            for column in table.columns
            if column.name in table.key and re.search(r"\bNULL\b", column.description)
        }
        assert set(table.null_in_key) == told, table.full_name
        kind = "unique_key" if told else "primary_key"
        assert (table.full_name, kind) in kinds
        assert ("is not distinct from" in comment_statements(table)[0]) == bool(told)


def test_what_a_table_names_is_a_column_of_each() -> None:
    columns = {table.full_name: {each.name for each in table.columns} for table in load_tables()}
    keys = {table.full_name: ", ".join(table.key) for table in published_tables()}
    for row in relationships().to_dicts():
        assert set(row["column_names"].split(", ")) <= columns[row["table_name"]]
        if row["parent_table"]:
            assert row["parent_column"] == keys[row["parent_table"]]


def test_every_trend_measure_is_a_metric() -> None:
    rows = {row["outcome"]: row for row in metric_info().to_dicts()}
    for measure in trend_measures():
        assert rows[measure.name]["by_month"] == measure.standard
    compared = {name for name, row in rows.items() if row["is_compared"]}
    assert compared == {metric.outcome for metric in load_metrics()}
    for row in rows.values():
        assert all(row[name] for name in ("label", "formula", "numerator", "denominator", "source"))


def test_every_cohort_says_from_when_on_its_leavers_are_there() -> None:
    """Where people stand by when they came, and by whether they left."""
    came = {"hire_month", "tenure_days", "tenure_months"}
    for table in published_tables():
        names = {column.name for column in table.columns}
        if came & names and names & {"exit_type", "n_left"}:
            assert "observed_from_month" in names, table.full_name


def test_the_rules_of_signals_are_told_as_they_are() -> None:
    """Seven in a row, the outer third, and in which order they are told."""
    (definition,) = [each for each in load_definitions() if each.id == "usual_range"]
    order = ["outside of the range", "on one side of the mean", "rise, or that fall", "outer third"]
    places = [definition.caveats.index(each) for each in order]
    assert places == sorted(places)
    assert RUN == 7
    assert definition.caveats.count("seven") == 2


def test_macros_say_what_they_give() -> None:
    text = generate_docs.data_dictionary(load_contracts(), load_tables())
    for macro in macros():
        assert f"`{macro.call}`" in text
        assert len(macro.description) > 60
    with open_warehouse(Path(":memory:")) as con:
        con.execute("create schema if not exists marts")
        con.execute(
            "create table marts.hire_month as select current_date as hire_month, 90 as n_days, "
            "1 as n_hired, 1 as n_left, 1.0 as share_left, 'shown' as status"
        )
        for statement in analysts_macros():
            con.execute(statement)
        told = fetch(con, "select comment from duckdb_functions() where not internal")
        quarter = fetch(con, "select annualised(60, 100.0, months := 3), annualised(20, 100.0)")
    assert set(told["comment"]) == {macro.description for macro in macros()}
    assert quarter.row(0) == pytest.approx((2.4, 2.4))


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
