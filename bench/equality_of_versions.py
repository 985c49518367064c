"""Do two versions publish the same? ``python -m bench.equality_of_versions OLD [NEW]`` (revisions).

Both take in four workspaces, from the same landing files with the same key: the sample by two
seeds, a small centre, and a real study where it lies beside the project. Every published table of
one is held against the other's (`bench.equality`). Ends with 1 where a table differs.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.equality import differences
from pipelines.simulation import write_sample

PROJECT = Path(__file__).resolve().parents[1]
STUDY = PROJECT.parent / "shared" / "studies" / "probation-coach"
SAMPLES = {"sample, seed 7": (600, 18, 7), "sample, seed 5": (600, 18, 5), "small": (120, 9, 3)}
"""Agents, months and seed."""
BUILT = ("node_modules", "dashboards/static/vendor")


@contextmanager
def checked_out(revision: str, folder: Path) -> Iterator[Path]:
    """A checkout of a revision, with what was installed here."""
    git = ["git", "-C", str(PROJECT), "worktree"]
    subprocess.run([*git, "add", "--quiet", "--detach", str(folder), revision], check=True)
    try:
        for each in BUILT:
            if (PROJECT / each).exists():
                (folder / each).parent.mkdir(parents=True, exist_ok=True)
                (folder / each).symlink_to(PROJECT / each)
        yield folder
    finally:
        subprocess.run([*git, "remove", "--force", str(folder)], check=True)


def write_workspaces(root: Path) -> list[str]:
    """Write the landing files once; returns the workspaces' names."""
    for name, (n_agents, months, seed) in SAMPLES.items():
        write_sample(root / name / "landing", n_agents=n_agents, months=months, seed=seed)
        (root / name / "truth.json").unlink(missing_ok=True)
    if not STUDY.exists():
        return [*SAMPLES]
    shutil.copytree(STUDY, root / "study")
    for path in (root / "study").rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return [*SAMPLES, "study"]


def published(checkout: Path, workspace: Path) -> Path:
    """Refresh a workspace by a checkout; the analysts' file."""
    given = {name: value for name, value in os.environ.items() if name != "DAGSTER_HOME"}
    subprocess.run(
        [sys.executable, "-m", "assets.refresh", "--workspace", str(workspace)],
        cwd=checkout,
        check=True,
        stdout=subprocess.DEVNULL,
        env={**given, "COACHING_PSEUDONYM_KEY": "0" * 64, "COACHING_CHROMIUM": ""},
    )
    return workspace / "published" / "analytics.duckdb"


def main() -> int:
    """Hold every workspace of one version against the other's."""
    if len(sys.argv) not in (2, 3):
        print("a revision is needed: python -m bench.equality_of_versions OLD [NEW]")
        return 2
    old, new = sys.argv[1], (*sys.argv[2:], "HEAD")[0]
    n_unlike = 0
    with (
        tempfile.TemporaryDirectory() as folder,
        checked_out(old, Path(folder) / "old") as before,
        checked_out(new, Path(folder) / "new") as after,
    ):
        for name in write_workspaces(Path(folder) / "landed"):
            files = []
            for checkout in (before, after):
                workspace = Path(folder) / f"{name} by {checkout.name}"
                shutil.copytree(Path(folder) / "landed" / name, workspace)
                files.append(published(checkout, workspace))
            found = list(differences(*files))
            n_unlike += len(found)
            print(f"{name}: {len(found)} tables differ", *found, sep="\n  ", flush=True)
    return 1 if n_unlike else 0


if __name__ == "__main__":
    sys.exit(main())
