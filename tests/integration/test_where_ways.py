"""`make where`: every table has a way down to files or settings, and nothing on it is lost.

Dagster's own graph is the other side: each way is walked in it as well.
"""

from __future__ import annotations

from functools import cache

import pytest

from assets.commands.where_code import computed_by
from assets.models import WITH_ASSETS
from assets.retention import RETENTION, SET_ASIDE
from pipelines.contracts.sources import load_contracts
from pipelines.contracts.tables import published_tables
from pipelines.core.sql_models import load_models
from pipelines.lineage import ways

OF_EVERY_SOURCE = {"staging.study_setting", "staging.pseudonym"}
MODELS = {".".join(each.table): each for each in load_models()}


@cache
def parents() -> dict[str, set[str]]:
    """By table of an asset those that it is made of, as Dagster has it."""
    from assets.definitions import defs

    graph = defs.resolve_asset_graph()
    return {
        ".".join(key.path): {
            ".".join(each.path)
            for each in graph.get(key).parent_keys
            if each not in (RETENTION, SET_ASIDE)
        }
        for key in graph.get_all_asset_keys()
        if key.path[0] in WITH_ASSETS
    }


def above(table: str) -> set[str]:
    """Everything down to raw that a table is made of, but what tables of all sources are."""
    needed = parents()[table]
    ends = OF_EVERY_SOURCE | {each for each in needed if each.startswith("raw.")}
    return needed.union(*(above(each) for each in needed - ends))


def test_every_table_has_a_maker_and_a_way_down() -> None:
    published = {each.full_name for each in published_tables()}
    assert len(parents()) > len(MODELS) + len(load_contracts().sources)
    for table in sorted(published | parents().keys()):
        found = ways.beneath([table])
        is_lookup = table in MODELS and not MODELS[table].depends_on
        assert not found.unknown, table
        ends = found.sources or found.others or found.of_every_source
        assert ends or is_lookup, table


@pytest.mark.parametrize("schema", ["marts", "outcomes"])
def test_a_way_has_the_sources_and_the_tables_that_dagster_knows(schema: str) -> None:
    every = {each.name for each in load_contracts().landing}
    for table in (each for each in parents() if each.startswith(f"{schema}.")):
        found, known = ways.beneath([table]), above(table)
        sources = {each.partition(".")[2] for each in known if each.partition(".")[2] in every}
        made = {each for each in known if each not in MODELS and each[:4] != "raw."}
        if schema == "marts":
            assert {*found.sources} == sources, table
            assert {*found.made} == made, table
        else:
            assert {*found.sources} <= sources, table
            assert {*found.made} - {table} <= made, table


def test_answers_scored_in_python_are_on_the_way_of_what_is_weighted() -> None:
    lines = [each.strip() for each in computed_by("outcomes.comparison", is_all=False)]
    scored = "staging.fatigue_score, by pipelines.analysis.survey_scores:write_fatigue_scores:"
    assert any(each.startswith(scored) for each in lines)
    assert any(each.startswith("landing/fatigue_surveys/") for each in lines)
    assert any(each.startswith("landing/*/ -> staging.pseudonym, by ") for each in lines)
