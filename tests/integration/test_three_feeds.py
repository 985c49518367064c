"""Three systems tell about one week of somebody: every value of each of them stands."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import polars as pl
import pytest

from pipelines.core.warehouse import fetch
from tests.unit.ingest.feeds import Feeds, feeds

COMPANY = Path(__file__).resolve().parents[3] / "shared" / "company60"
FEEDS = {
    "calls": ("genesys_cloud/agent_performance", "Agent Performance Summary_Daily.csv"),
    "evaluations": ("quality/evaluations", "Evaluations.csv"),
    "csat": ("csat/responses", "CSAT responses.csv"),
}
OTHERS = {
    "workday": ("workday/headcount", "Workday_Headcount_and_Terminations.xlsx"),
    "directory": ("genesys_cloud/directory", "Genesys_directory.csv"),
}
N_CONTACTS, N_WEEKS = 1_119_912, 4_589


@pytest.mark.outside_data
@pytest.mark.parametrize("order", [[*permutations(FEEDS)][place] for place in (0, 5)])
def test_no_value_of_three_feeds_is_lost(order: tuple[str, ...], tmp_path: Path) -> None:
    with feeds(tmp_path) as place:
        recipes = {name: (OTHERS | FEEDS)[name][0] for name in (*OTHERS, *order)}
        place.declare("\n".join(["[feed]", *(f'{n} = "{each}"' for n, each in recipes.items())]))
        _take(place, OTHERS, "roster", "people")
        for name in order:
            _take(place, {name: FEEDS[name]}, "performance")
        staged = fetch(place.con, "select * from staging.performance")
        ledger = fetch(place.con, "select * from ledger.file where source = 'performance'")
    answers, scores = (_records(FEEDS[name][1]) for name in ("csat", "evaluations"))
    canonical = pl.read_parquet(COMPANY / "canonical" / "performance" / "*.parquet")
    assert canonical["contacts_handled"].sum() == staged["contacts_handled"].sum() == N_CONTACTS
    assert staged.height == N_WEEKS
    assert staged["csat_responses"].sum() == answers.height
    total = (staged["csat_mean"] * staged["csat_responses"]).sum()
    assert total == pytest.approx(answers["Score (1-5)"].cast(pl.Float64).sum())
    resolved = (staged["first_contact_resolution"] * staged["csat_responses"]).sum()
    assert resolved == pytest.approx((answers["FCR"] == "Yes").sum())
    assert staged["quality_score"].is_not_null().sum() == _n_weeks(scores)
    values = ("contacts_handled", "handle_seconds", "csat_mean", "quality_score")
    lacking = canonical.select(values).null_count().row(0)
    assert staged.select(values).null_count().row(0) == lacking
    assert ledger.height == len(FEEDS)
    assert ledger.select("n_quarantined", "n_superseded").sum().row(0) == (0, 0)
    assert (ledger["n_records"] == ledger["n_accepted"] + ledger["n_skipped"]).all()


def _take(place: Feeds, exports: dict[str, tuple[str, str]], *sources: str) -> None:
    for name, (_, file) in exports.items():
        place.drop(f"{name}/{file}", (COMPANY / "exports" / file).read_bytes())
    for report in place.refresh(*sources).values():
        assert (report.gate_refusals, report.delivery_refusals, report.n_quarantined) == ((), (), 0)


def _records(file: str) -> pl.DataFrame:
    return pl.read_csv(COMPANY / "exports" / file, infer_schema=False)


def _n_weeks(evaluations: pl.DataFrame) -> int:
    """People and weeks of evaluated contacts, by the file."""
    week = pl.col("Evaluation Date").str.to_date("%m/%d/%Y").dt.truncate("1w")
    return evaluations.select("Agent Email", week).n_unique()
