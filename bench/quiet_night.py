"""What a night without anything new costs, beside the same night of another version.

``python -m bench.quiet_night --against REVISION`` writes one sample, lets both versions take it
in, and then runs nights in turn, so that whatever else the machine does meets both. Seconds are
those of the processor, the browser's among them. It also compares what is published: a quiet
night must leave every table of results as it was.

Ends with status 1 where the night costs more than half of the other version's, or a table moved.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from pipelines.simulation import write_sample

PROJECT = Path(__file__).resolve().parents[1]
NOT_OURS = ("DAGSTER_HOME", "PYTHONDONTWRITEBYTECODE")
"""Variables of where a bench is called; an installation keeps compiled modules."""
MOST = 0.5
"""The largest share of the other version's seconds."""


@dataclass(frozen=True)
class Version:
    """A checkout and the workspace that it refreshes."""

    name: str
    checkout: Path
    workspace: Path

    def night(self) -> float:
        """Refresh once; returns processor seconds."""
        before = _seconds()
        subprocess.run(
            [sys.executable, "-m", "assets.refresh", "--workspace", str(self.workspace)],
            cwd=self.checkout,
            check=True,
            stdout=subprocess.DEVNULL,
            env={name: value for name, value in os.environ.items() if name not in NOT_OURS},
        )
        return _seconds() - before

    def results(self) -> dict[str, pl.DataFrame]:
        """Every published table of results."""
        with duckdb.connect(
            str(self.workspace / "published/analytics.duckdb"), read_only=True
        ) as con:
            tables = con.sql(
                "select table_name from information_schema.tables where table_schema = 'outcomes'"
            ).fetchall()
            return {name: con.sql(f'select * from outcomes."{name}"').pl() for (name,) in tables}


def _seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _checked_out(revision: str, folder: Path) -> Path:
    """Another version's files, with what an installation leaves beside the sources."""
    folder.mkdir()
    archive = subprocess.run(
        ["git", "archive", revision], cwd=PROJECT, check=True, capture_output=True
    ).stdout
    subprocess.run(["tar", "-x", "-C", str(folder)], input=archive, check=True)
    vendored = Path("dashboards/static/vendor")
    if (PROJECT / vendored).exists():
        shutil.copytree(PROJECT / vendored, folder / vendored, dirs_exist_ok=True)
    return folder


def main() -> int:
    """Run the nights; print each version's seconds and the ratio of their smallest."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--against", required=True, metavar="REVISION")
    parser.add_argument("--agents", type=int, default=2000)
    parser.add_argument("--nights", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        write_sample(folder / "new/landing", n_agents=asked.agents, months=24, seed=7)
        shutil.copytree(folder / "new/landing", folder / "old/landing")
        old = _checked_out(asked.against, folder / "checkout")
        versions = (
            Version("this version", PROJECT, folder / "new"),
            Version(asked.against, old, folder / "old"),
        )
        first = {version.name: version.night() for version in versions}
        before = versions[0].results()
        nights = {version.name: [] for version in versions}
        for _ in range(asked.nights):
            for version in versions:
                nights[version.name].append(version.night())
        after = versions[0].results()
    for label, seconds in nights.items():
        listed = "  ".join(f"{each:.1f}" for each in seconds)
        print(f"{label:14}  first {first[label]:.1f} s   quiet nights {listed} s")
    ratio = min(nights[versions[0].name]) / min(nights[versions[1].name])
    moved = [table for table, frame in before.items() if not frame.equals(after[table])]
    print(f"ratio {ratio:.2f}   tables of results that moved: {', '.join(moved) or 'none'}")
    return 0 if ratio <= MOST and not moved else 1


if __name__ == "__main__":
    sys.exit(main())
