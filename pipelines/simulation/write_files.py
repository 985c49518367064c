"""Landing files of a simulated contact centre: CSV, gzipped CSV and Parquet, as systems differ."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl

from pipelines.simulation.centre import SampleWorld, simulate
from pipelines.simulation.config import SampleConfig
from pipelines.simulation.oracle.truth import SampleTruth

_GZIP_LEVEL = 5
_DATETIME_FORMAT = "%Y-%m-%dT%H:%M:%S"


def write_sample(
    landing: Path,
    *,
    n_agents: int = 2000,
    months: int = 24,
    seed: int = 1,
    end: date = date(2026, 10, 31),
    truth_file: Path | None = None,
    writer: Callable[[SampleWorld, Path], list[Path]] | None = None,
) -> SampleTruth:
    """Write the seven sources of a contact centre whose answers are known.

    Args:
        landing: the landing folder; one folder per source is created in it.
        n_agents: agents ever employed in the window (at least 50).
        months: length of the window (at least 6).
        seed: the same arguments write the same files, byte for byte.
        end: last day of the window.
        truth_file: where the exact answers go; default ``truth.json`` beside ``landing``.
        writer: what writes the files; default canonical columns (`write_landing`).

    Raises:
        PipelineError: an argument is outside what is allowed.
    """
    config = SampleConfig(n_agents=n_agents, months=months, seed=seed, end=end)
    world = simulate(config)
    (writer or write_landing)(world, landing)
    target = truth_file if truth_file is not None else landing.parent / "truth.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(world.truth.to_json(world.measure_truth), encoding="utf-8")
    return world.truth


def write_landing(world: SampleWorld, landing: Path) -> list[Path]:
    """Write every source; shifts by quarter, performance by year. Returns the files."""
    files = []
    for source in ("roster", "coaching_sessions", "fatigue_surveys", "attrition", "training"):
        frame = world.frame(source)
        files.append(_put(landing, source, f"{source}.csv", _csv(frame)))
    for label, frame in _parts(world.shifts, "shift_date", _quarter("shift_date")):
        data = gzip.compress(_csv(frame), compresslevel=_GZIP_LEVEL, mtime=0)
        files.append(_put(landing, "shifts", f"shifts_{label}.csv.gz", data))
    year = pl.col("week_start").dt.year().cast(pl.String)
    for label, frame in _parts(world.performance, "week_start", year):
        files.append(_put(landing, "performance", f"performance_{label}.parquet", _parquet(frame)))
    return files


def _put(landing: Path, source: str, name: str, data: bytes) -> Path:
    folder = landing / source
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_bytes(data)
    return file


def _csv(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_csv(buffer, datetime_format=_DATETIME_FORMAT)
    return buffer.getvalue()


def _parquet(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_parquet(buffer, compression="zstd")
    return buffer.getvalue()


def _quarter(column: str) -> pl.Expr:
    day = pl.col(column).dt
    return pl.format("{}q{}", day.year(), day.quarter())


def _parts(frame: pl.DataFrame, order: str, label: pl.Expr) -> list[tuple[str, pl.DataFrame]]:
    """The frame in pieces by label, in order of the column ``order``."""
    labelled = frame.with_columns(_label=label).sort(order, maintain_order=True)
    pieces = labelled.partition_by("_label", maintain_order=True)
    return [(piece["_label"][0], piece.drop("_label")) for piece in pieces]
