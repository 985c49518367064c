"""What hiding groups and auditing it cost at five hundred parts, beside the whole refresh.

``python -m bench.audit`` writes a sample with so many sites that one and two divisions of the
workforce make at least 500 parts, refreshes it with the real command, and does the search for the
groups to hide and the audit once more on what came out, in the same run and on the same machine.
Seconds are those of the processor: other work on the machine doesn't count. Ends with status 1 if
the audit takes more than a tenth of the refresh.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import polars as pl

from pipelines.privacy.audit import findings
from pipelines.sample import write_sample
from pipelines.settings import load_settings
from pipelines.warehouse import fetch, open_warehouse
from pipelines.workspace import Workspace

MIN_PARTS = 500
MAX_SHARE = 0.1


def refreshed(workspace: Workspace) -> float:
    """Refresh with the real command; returns its processor seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-m", "assets.refresh", "--workspace", str(workspace.root)], check=True
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def split_sites(workspace: Workspace, n_parts: int) -> None:
    """Give every site ``n_parts`` halls, each a site of its own, by the person's number."""
    file = next(workspace.landing_source("roster").glob("*.csv"))
    roster = pl.read_csv(file, infer_schema_length=0)
    hall = (pl.col("employee_id").hash(7) % n_parts).cast(pl.String)
    roster.with_columns(site=pl.concat_str("site", pl.lit(" "), hall)).write_csv(file)


def audited(workspace: Workspace) -> tuple[float, int]:
    """Audit what was released; returns processor seconds and how many parts there are."""
    settings = load_settings(workspace.settings_file)
    with open_warehouse(workspace.warehouse_file, read_only=True) as con:
        comparison = fetch(con, "select * from release.comparison")
    began = time.process_time()
    found = findings(comparison, settings.privacy.min_group)
    seconds = time.process_time() - began
    if found:
        raise SystemExit("the audit found something in what was published")
    parts = comparison.filter(pl.col("segment") != "all").select("segment", "segment_value")
    return seconds, parts.n_unique()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--agents", type=int, default=3000)
    parser.add_argument("--halls", type=int, default=5, help="sites in the place of each one")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder).resolve())
        write_sample(workspace.landing, n_agents=asked.agents, months=24, seed=7)
        split_sites(workspace, asked.halls)
        whole = refreshed(workspace)
        audit, n_parts = audited(workspace)
    share = audit / whole
    print(f"parts {n_parts}   refresh {whole:.1f} s   audit {audit:.1f} s   share {share:.1%}")
    return 0 if share <= MAX_SHARE and n_parts >= MIN_PARTS else 1


if __name__ == "__main__":
    sys.exit(main())
