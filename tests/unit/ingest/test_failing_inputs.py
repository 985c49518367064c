"""The small inputs that once failed, as they were collected: what each must come to.

They lie beside the project and not in it; the tests beside this one have inputs of their own for
every kind.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from pipelines.config.mapping import SourceMapping
from pipelines.config.settings import Settings, load_settings
from pipelines.contracts.sources import load_contracts
from pipelines.core.warehouse import fetch_value, open_warehouse
from pipelines.ingest.load.ingest_report import IngestReport
from pipelines.ingest.load.ingest_source import ingest_source
from pipelines.ingest.profile.propose_mapping import profile

FAILING = Path(__file__).resolve().parents[4] / "shared" / "failing"
NOW = dt.datetime(2026, 11, 28, tzinfo=dt.UTC)
CASES: dict[str, tuple[str, int, int, int, str]] = {
    # folder: source, accepted, quarantined, refused files, what is told
    "03-same-key-in-one-file-lost/s_intervals": ("performance", 0, 0, 1, "Deliver their sum"),
    "03-same-key-in-one-file-lost/s_paycode_rows": ("shifts", 0, 0, 1, "Deliver their sum"),
    "03-same-key-in-one-file-lost/two_halfdays": ("shifts", 0, 0, 1, "Deliver their sum"),
    "04-second-system-wipes-first": ("performance", 1, 0, 2, "contacts_handled of 1 rows"),
    "05-percent-as-fraction": ("performance", 5, 0, 0, ""),
    "06-date-column-with-time/date_with_time_fmt": ("fatigue_surveys", 2, 0, 0, ""),
    "08-comma-only-tail": ("performance", 19, 1, 0, "40 records without any value"),
    "09-double-header-nobody-reads": ("attrition", 2, 0, 0, ""),
    "10-headers-with-blanks-never-named": ("roster", 1, 0, 0, ""),
    "11-valid-multiline-note-refused": ("attrition", 61, 0, 0, ""),
    "12-formulas-without-values-are-empty": ("performance", 0, 0, 1, "formulas without a value"),
    "13-placeholders-as-people/id_excel_eq_q": ("roster", 1, 0, 0, ""),
    "13-placeholders-as-people/p_float_ids": ("shifts", 0, 0, 1, "its digits are lost"),
    "13-placeholders-as-people/s_na_ids": ("roster", 0, 0, 1, "stands for nobody"),
    "13-placeholders-as-people/x_id_zero_format": ("roster", 4, 0, 0, ""),
    "15-questionnaire-labels": ("fatigue_surveys", 1, 0, 0, ""),
    "17-days-as-weeks": ("performance", 5, 0, 0, "4 of 5 weeks begin less than 7 days after"),
    "21-open-end-dates/d0000": ("attrition", 1, 0, 0, "1 row without an end"),
    "21-open-end-dates/s_term_in_roster": ("attrition", 8, 0, 0, "32 rows without an end"),
}


@pytest.mark.slow  # quicker: inputs of every kind in the tests beside this one
@pytest.mark.outside_data
@pytest.mark.parametrize("case", CASES)
def test_an_input_that_failed_has_its_expected_outcome(case: str, tmp_path: Path) -> None:
    source, n_accepted, n_quarantined, n_refused, told = CASES[case]
    report = _taken(FAILING / case, source, tmp_path)
    assert (report.n_accepted, report.n_quarantined) == (n_accepted, n_quarantined)
    assert report.n_files_refused == n_refused
    said = [*report.gate_refusals, *report.delivery_refusals, *report.problems, *report.notes]
    assert not told or any(told in each for each in said), said


def _taken(folder: Path, source: str, tmp_path: Path) -> IngestReport:
    declared = folder / "settings.toml"
    settings = load_settings(declared) if declared.exists() else Settings()
    with open_warehouse(tmp_path / "w.duckdb", time_zone=settings.time_zone) as con:
        report = ingest_source(
            con, load_contracts().source(source), folder / "landing" / source,
            raw=tmp_path / "raw", now=NOW, quarantine=tmp_path / "quarantine" / source,
            mapping=settings.mapping.get(source, SourceMapping()),
        )  # fmt: skip
        n_staged = fetch_value(con, f"select count(*) from staging.{source}")
    assert n_staged == report.n_accepted
    return report


@pytest.mark.outside_data
def test_the_profile_proposes_what_it_takes_itself() -> None:
    case = FAILING / "07-profile-refuses-its-own-proposal" / "landing" / "training" / "t.csv"
    assert profile(case).declared == {"timestamp_format": "%m/%d/%Y %I:%M:%S %p"}
