"""From the table of many simulated worlds to whether the headline's intervals keep their promise.

In comes a row per world and outcome; out come lines on how many lie beyond what chance allows.
"""

from __future__ import annotations

import polars as pl
from scipy import stats

from pipelines.simulation.scenarios import WORLDS

PROMISED = 0.95
LOW, HIGH = 0.93, 0.97
CHANCE = 0.05


def reachable(headline: pl.DataFrame) -> pl.DataFrame:
    """The rows of the headline whose truth the data can give in their world."""
    beyond = [
        {"world": each.name, "outcome": outcome} for each in WORLDS for outcome in each.beyond
    ]
    schema = {"world": pl.String, "outcome": pl.String}
    return headline.filter(pl.col("coverage").is_not_null()).join(
        pl.DataFrame(beyond, schema=schema), on=["world", "outcome"], how="anti"
    )


def coverage_lines(headline: pl.DataFrame) -> list[str]:
    """Say how often intervals hold a truth that the data can give, and what chance allows."""
    rows = reachable(headline)
    n = rows["n_estimates"].to_numpy()
    held = (rows["coverage"].to_numpy() * n).round()
    p = stats.binom.cdf(held, n, PROMISED)
    n_low, n_high = int((held < LOW * n).sum()), int((held > HIGH * n).sum())
    by_chance = float(stats.binom.cdf((LOW * n - 1e-9).astype(int), n, PROMISED).sum())
    worst = rows.row(int(p.argmin()), named=True)
    corrected = min(1.0, float(p.min()) * len(p))
    told = "further off than" if corrected < CHANCE else "no further off than"
    return [
        "## Where the data can give the truth",
        "",
        f"In {len(p)} rows (worlds and outcomes, the headline at its longest horizon) the data can "
        "give the truth. Intervals that promise 95 % hold it in "
        f"{100 * held.sum() / n.sum():.1f} % of all. Single rows scatter: {n_low} lie under "
        f"93 %, where {by_chance:.0f} would by chance alone if each were exact, and {n_high} over "
        f"97 %. The furthest off is {worst['outcome']} in *{worst['world']}* with "
        f"{100 * worst['coverage']:.1f} %, {told} the worst of so many rows is by chance "
        f"(p {corrected:.2f}, corrected for their number).",
        "",
        _by_world(rows),
        "",
    ]


def _by_world(rows: pl.DataFrame) -> str:
    """Say of each world, over its outcomes, how often intervals hold the truth."""
    n, held = pl.col("n_estimates"), (pl.col("coverage") * pl.col("n_estimates")).sum()
    shares = rows.group_by("world").agg(share=held / n.sum()).sort("share", "world")
    within = shares.filter(pl.col("share").is_between(LOW, HIGH))
    apart = shares.join(within, on="world", how="anti")
    told = f"Over the outcomes of each world it is 93 to 97 % in {within.height} of {shares.height}"
    if within.height:
        told += f" ({100 * within['share'].min():.1f} to {100 * within['share'].max():.1f} %)"  # type: ignore[operator]
    if apart.is_empty():
        return f"{told}."
    each = (f"{100 * row['share']:.1f} % in *{row['world']}*" for row in apart.to_dicts())
    return f"{told}; it is {', '.join(each)}."
