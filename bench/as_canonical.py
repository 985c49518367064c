"""Whether exports say what canonical files say: both are taken in, staged rows compared by key.

``python -m bench.as_canonical EXPORTS CANONICAL`` takes a company's ten exports (as the sample is
written ``--as company60``) by the sample's eleven lines of settings, and the canonical files that
they mean. Employees go by other numbers there, in the same order. Per source it tells how many keys
stand on one side only, and per column how many values differ. ``KNOWN`` has what exports can't say,
and `export_bounds` counts anew from the files what such values must be; anything beyond either ends
with status 1.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from bench.export_bounds import TOLERANCE, beyond_bounds
from bench.ingest import NOW
from pipelines.config.feeds import FeedSettings, resolve_feeds
from pipelines.contracts.sources import PERSON_COLUMNS, Source, load_contracts
from pipelines.core.warehouse import open_warehouse, read_table
from pipelines.ingest.load.ingest_source import ingest_source
from pipelines.simulation.exports.company60 import FEEDS

FIRST = ("roster", "people", "shifts")
BEGINS = {
    "workday": "Workday",
    "coaching_form": "Coaching form",
    "schedule": "UKG",
    "pulse": "Wellbeing",
    "time_off": "BambooHR",
    "calls": "Agent Performance",
    "directory": "Genesys_directory",
    "evaluations": "Evaluations",
    "csat": "CSAT",
    "lms": "LMS",
}
"""Feed -> how its file's name begins."""
KEYS = {
    "coaching_sessions": ("employee_id", "started_at"),
    "fatigue_surveys": ("employee_id", "submitted_on"),
    "roster": ("employee_id",),
}
"""Where the key is a number of the system's own, or a day that exports of today can't know."""
KNOWN = {
    "roster": ({"effective_date"}, "Workday tells how things are now, not since when"),
    "shifts": (
        {"absent_hours", "absence_type"},
        "leave from one day to another covers scheduled days between that weren't leave",
    ),
    "coaching_sessions": ({"session_id"}, "the form has numbers of its own"),
    "fatigue_surveys": (
        {"keys", "response_id", "instrument", "emotional_exhaustion", "cynicism", "irritability"}
        | {"difficulty_concentrating", "detachment", "compassion_satisfaction", "stress"},
        "unfinished answers are left out; the questionnaire has other scales, kept as items",
    ),
    "performance": (
        {"difficult_contacts", "csat_mean", "csat_responses", "first_contact_resolution"},
        "a part of the customers is asked, in whole numbers; nobody counts difficult contacts",
    ),
}
"""Columns in which exports can't say the same, and why; ``keys`` for keys on one side only."""


def _staged(root: Path, feeds: dict[str, str]) -> dict[str, pl.DataFrame]:
    """What is staged of a folder's landing files."""
    declared = {name: FeedSettings(recipe=recipe) for name, recipe in feeds.items()}
    contracts, resolved = load_contracts(), resolve_feeds(declared, root)
    names = [*FIRST, *(each.name for each in contracts.landing if each.name not in FIRST)]
    with open_warehouse(root / "warehouse.duckdb") as con:
        for name in names:
            report = ingest_source(
                con,
                contracts.source(name),
                root / "landing" / name,
                raw=root / "raw",
                now=NOW,
                feeds=resolved,
            )
            for each in (*report.gate_refusals, *report.delivery_refusals, *report.notes):
                print(f"  {each[:160]}")
        return {name: read_table(con, f"staging.{name}") for name in names}


def _renumbered(frame: pl.DataFrame, numbers: dict[str, str]) -> pl.DataFrame:
    people = [name for name in PERSON_COLUMNS if name in frame.columns]
    return frame.with_columns(pl.col(name).replace(numbers) for name in people)


def _differences(
    source: Source, made: pl.DataFrame, meant: pl.DataFrame
) -> Iterator[tuple[str, str]]:
    """Column (or ``keys``) and words for what stands on one side only, and for other values."""
    key = KEYS.get(source.name, source.key)
    made, meant = (each.sort("employee_id").unique(key, keep="last") for each in (made, meant))
    for frame, other, where in ((made, meant, "exports"), (meant, made, "canonical files")):
        lone = frame.join(other, on=key, how="anti")
        if lone.height:
            yield "keys", f"{lone.height:,} of {frame.height:,} keys stand in the {where} only"
    both = made.join(meant, on=key, how="inner", suffix=" meant")
    for name in source.column_names:
        if name in key or f"{name} meant" not in both.columns:
            continue
        one, two = pl.col(name), pl.col(f"{name} meant")
        is_other = one.ne_missing(two)
        if both.schema[name].is_float():
            is_other &= ((one - two).abs() > TOLERANCE).fill_null(True)
        n_other = both.filter(is_other).height
        if n_other:
            yield name, f"{name}: {n_other:,} of {both.height:,} values differ"


def compare(exports: Path, canonical: Path, folder: Path) -> bool:
    """Print what differs by source; whether nothing does but what is known."""
    for file in exports.iterdir():
        feed = next(name for name, start in BEGINS.items() if file.name.startswith(start))
        target = folder / "exports" / "landing" / feed
        target.mkdir(parents=True)
        shutil.copy(file, target)
    shutil.copytree(canonical, folder / "canonical" / "landing")
    made = _staged(folder / "exports", FEEDS)
    meant = _staged(folder / "canonical", {})
    theirs, ours = (sorted({*each["roster"]["employee_id"]}) for each in (meant, made))
    numbers = dict(zip(theirs, ours, strict=True))
    is_fine = True
    for name in meant:
        if meant[name].is_empty():
            continue
        source = load_contracts().source(name)
        pair = (made[name], _renumbered(meant[name], numbers))
        found = [*_differences(source, *pair)]
        beyond = beyond_bounds(name, pair, folder / "exports" / "landing")
        known, why = KNOWN.get(name, (set(), ""))
        is_fine &= {column for column, _ in found} <= known and not beyond
        told = "; ".join(words for _, words in found)
        print(f"{name}: {made[name].height:,} rows; {f'{told} ({why})' if told else 'the same'}")
        for each in beyond:
            print(f"  {each}")
    return is_fine


def main() -> int:
    """Compare the folders on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("exports", type=Path)
    parser.add_argument("canonical", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        return 0 if compare(options.exports, options.canonical, Path(folder)) else 1


if __name__ == "__main__":
    sys.exit(main())
