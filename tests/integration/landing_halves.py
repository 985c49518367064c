"""A sample whose newest days are held back, to be delivered on later nights."""

from __future__ import annotations

import datetime as dt
import gzip
import shutil
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipelines.contracts.sources import load_contracts
from pipelines.core.workspace import Workspace
from pipelines.simulation import write_sample


@dataclass(frozen=True)
class Halves:
    """A workspace with the days up to one, and a folder with those after it."""

    workspace: Workspace
    later: Path

    def deliver(self, *sources: str) -> None:
        """Drop what was held back of some sources into landing."""
        for source in sources:
            for path in sorted((self.later / source).iterdir()):
                shutil.copy(path, self.workspace.landing_source(source) / f"later_{path.name}")


def halved_sample(folder: Path, first_until: dt.date, *, n_agents: int, months: int) -> Halves:
    """Write a sample, and hold back every row that is dated after a day."""
    workspace, later = Workspace(folder / "centre"), folder / "later"
    write_sample(workspace.landing, n_agents=n_agents, months=months, seed=7)
    for source in load_contracts().sources:
        (later / source.name).mkdir(parents=True)
        for path in sorted(workspace.landing_source(source.name).iterdir()):
            frame = _read(path)
            is_later = pl.col(source.date_column).cast(pl.String).str.slice(0, 10) > str(
                first_until
            )
            held_back, first = frame.filter(is_later), frame.filter(~is_later)
            _write(first, path)
            if held_back.height:
                _write(held_back, later / source.name / path.name)
            if not first.height:
                path.unlink()
    return Halves(workspace, later)


def _read(path: Path) -> pl.DataFrame:
    if path.suffix == ".parquet":
        return pl.read_parquet(path)
    return pl.read_csv(path, infer_schema=False)


def _write(frame: pl.DataFrame, path: Path) -> None:
    if path.suffix == ".parquet":
        frame.write_parquet(path)
        return
    text = frame.write_csv().encode()
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
