"""What disclosure control costs in rows, in width and in waiting, and what it leaves an attacker.

``python -m bench.disclosure --agents 400 1000`` writes a sample of each size, lets the nightly job
take it in, and makes cuts of it with the functions of that job:

- once with the floors and the grid off: the rows that an estimator can answer;
- once with the floors alone, exact: how wide the intervals are without rounding;
- twelve times a month apart as it is released: usable rows, width, how many months figures about
  kinds of exit stood, and, where asked for with ``--attack``, of how many leavers the kind follows
  for somebody who knows it of nobody but knows everything else: from the first cut, the first
  three, the newest alone and all of them, in fractions of people and in whole people.

Ends with status 1 where a bound is missed. The bounds are those of docs/privacy.md.
"""

from __future__ import annotations

import argparse
import datetime as dt
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipelines.config.settings import Privacy, Settings
from pipelines.core.warehouse import fetch, open_warehouse
from pipelines.core.workspace import Workspace
from pipelines.simulation import write_sample
from tests.disclosure.cuts import UNGUARDED, copied, make_cuts, month_ends, published, true_kinds
from tests.disclosure.kinds_attack import Published
from tests.disclosure.whole_people import Followed, followed

USABLE = 0.9
"""Share of the rows that an estimator can answer which must be shown with a verdict."""
MAX_WIDER = {400: 0.05}
MAX_CERTAIN = {400: 0.15, 2000: 0.05}
"""Of which share of leavers the kind may follow, in whole people; who isn't decided counts."""
KEY = ["outcome", "horizon_days", "design", "estimand", "segment", "segment_value"]
GUARDED, EXACT = Privacy(), Privacy(grid=0)


@dataclass(frozen=True)
class Price:
    """What one size costs."""

    n_agents: int
    n_answerable: int
    n_usable: int
    n_usable_after_a_year: int
    wider_everybody: float
    wider_parts: float
    mean_wait_months: float
    followed: Mapping[str, Followed]

    def misses(self) -> list[str]:
        """Name the bounds that are missed."""
        found = []
        if self.n_usable < USABLE * self.n_answerable:
            found.append(f"{self.n_usable} usable rows, under {USABLE:.0%} of {self.n_answerable}")
        if self.wider_everybody > MAX_WIDER.get(self.n_agents, 1.0):
            found.append(f"intervals {self.wider_everybody:.1%} wider for everybody")
        found += [
            f"from {cuts} the kind of {each.most:.1%} of leavers may follow"
            for cuts, each in self.followed.items()
            if each.most > MAX_CERTAIN.get(self.n_agents, 1.0)
        ]
        return found


def staged(folder: Path, n_agents: int, seed: int) -> Workspace:
    """A sample of some size that the nightly job has taken in."""
    workspace = Workspace(folder)
    write_sample(workspace.landing, n_agents=n_agents, months=24, seed=seed)
    subprocess.run(
        [sys.executable, "-m", "assets.refresh", "--workspace", str(folder)],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return workspace


def one_cut(workspace: Workspace, folder: Path, day: dt.date, privacy: Privacy) -> pl.DataFrame:
    """The released comparison of one cut under some settings."""
    for _, con in make_cuts(copied(workspace, folder), [day], privacy):
        return fetch(con, "select * from release.comparison")
    raise AssertionError("no cut was made")


def price(folder: Path, n_agents: int, seed: int, n_cuts: int, seconds: float) -> Price:
    """Measure one size; attack each span of cuts for so many seconds, or not at all."""
    workspace = staged(folder / "centre", n_agents, seed)
    with open_warehouse(workspace.warehouse_file, read_only=True) as con:
        last = con.execute("select data_until from staging.study_setting").fetchall()[0][0]
    answerable = one_cut(workspace, folder / "open", last, UNGUARDED)
    exact = one_cut(workspace, folder / "exact", last, EXACT)
    rounded = one_cut(workspace, folder / "rounded", last, GUARDED)
    publications: list[Published] = []
    truth: dict[str, str] = {}
    days = month_ends(last, n_cuts)
    for day, con in make_cuts(copied(workspace, folder / "year"), days, GUARDED):
        publications.append(published(con, Settings(data_until=day)))
        truth = true_kinds(con)
    return Price(
        n_agents=n_agents,
        n_answerable=n_shown(answerable),
        n_usable=n_shown(rounded),
        n_usable_after_a_year=n_shown(publications[-1].comparison),
        wider_everybody=wider(exact, rounded, pl.col("segment") == "all"),
        wider_parts=wider(exact, rounded, pl.col("segment") != "all"),
        mean_wait_months=mean_wait(publications, days),
        followed={
            cuts: followed(own, truth, GUARDED.grid, seconds)
            for cuts, own in (spans(publications) if seconds else {}).items()
        },
    )


def spans(publications: Sequence[Published]) -> dict[str, Sequence[Published]]:
    """Which publications an attacker may have kept."""
    return {
        "the first cut": publications[:1],
        "the first three": publications[:3],
        "the newest alone": publications[-1:],
        f"all {len(publications)}": publications,
    }


def n_shown(comparison: pl.DataFrame) -> int:
    """Rows with a verdict."""
    return comparison.filter(status="shown").height


def wider(exact: pl.DataFrame, rounded: pl.DataFrame, where: pl.Expr) -> float:
    """By how much intervals of rounded figures are wider on average, as a fraction."""
    both = (
        rounded.filter(where, pl.col("status") == "shown", pl.col("confidentiality") != "fact")
        .join(exact.filter(status="shown"), on=KEY, suffix="_exact")
        .filter(pl.col("estimand").is_in(["risk_difference", "mean_difference"]))
    )
    width = pl.col("conf_high") - pl.col("conf_low")
    width_exact = pl.col("conf_high_exact") - pl.col("conf_low_exact")
    found = both.select((width / width_exact).mean()).item()
    return float(found) - 1.0 if found is not None else 0.0


def mean_wait(publications: Sequence[Published], days: Sequence[dt.date]) -> float:
    """By how many months figures about kinds of exit lie behind their cut, on average."""
    waits = []
    for day, each in zip(days, publications, strict=True):
        kinds = each.comparison.filter(
            pl.col("outcome").is_in(["voluntary_exit", "involuntary_exit"]),
            pl.col("status") == "shown",
        )
        waits += [(day - until).days / 30.4 for until in kinds["data_until"]]
    return sum(waits) / max(len(waits), 1)


def main() -> int:
    """Measure every size asked for; print a row each."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--agents", type=int, nargs="+", default=[400, 1000, 2000, 5000])
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--cuts", type=int, default=12)
    parser.add_argument("--attack", action="store_true", help="ask whose kind of exit follows")
    parser.add_argument("--seconds", type=float, default=120.0, help="for whole people, a span")
    asked = parser.parse_args()
    status = 0
    print("agents  answerable  usable  after a year  wider all/parts  waiting")
    for n_agents in asked.agents:
        with tempfile.TemporaryDirectory() as folder:
            found = price(
                Path(folder).resolve(),
                n_agents,
                asked.seed,
                asked.cuts,
                asked.seconds if asked.attack else 0.0,
            )
        print(
            f"{n_agents:6}  {found.n_answerable:10}  {found.n_usable:6}  "
            f"{found.n_usable_after_a_year:12}  {found.wider_everybody:6.1%} / "
            f"{found.wider_parts:.1%}  {found.mean_wait_months:4.1f} mo",
            flush=True,
        )
        for cuts, each in found.followed.items():
            print(f"        kinds that follow from {cuts}: {each}", flush=True)
        for miss in found.misses():
            print(f"        missed: {miss}")
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
