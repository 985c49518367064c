"""Claims of the register where nothing is there: how often the data are said to fit.

``python -m bench.claim_nulls --seeds 200`` simulates contact centres in which a claim isn't true,
builds the marts that the claim reads, evaluates it as every night does, and writes
``docs/claim-nulls.md``. A claim stands alone in its register here, so that no correction for the
register's other claims helps it. A centre takes some 4 s of processor time.

With ``--keep FOLDER`` what is simulated is kept there, and what `bench.known_truth` kept is read.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from bench.known_truth import DOCS, comparison_spec, of_seed, options_of, processes_of
from pipelines.analysis.claims import episodes, survey_answers
from pipelines.claims.claim_estimate import MinimumCounts
from pipelines.claims.frames import ClaimInputs
from pipelines.claims.headline import not_carried
from pipelines.claims.register import evaluate
from pipelines.contracts.claims import load_claims
from pipelines.core.warehouse import open_warehouse
from pipelines.simulation import SampleConfig, simulate
from pipelines.simulation.centre import SOURCES
from pipelines.simulation.scenarios import scenario
from tests.sql.worlds import STAGING, World, build, stage_frames

NULLS = {
    "no difference": ("warning_signs", "contagion", "balance", "performance", "data_dump"),
    "noisy quality": ("warning_signs", "contagion", "balance", "performance", "data_dump"),
    "confounded": ("warning_signs", "contagion", "balance"),
}
"""By world: the claims that aren't true there. Where the kind of coaching changes something, exits
and scores go one way with the balance of behaviours, which has no middle that does better."""
MARTS = (
    "episode_session",
    "episode_outcome",
    "episode_quality",
    "placebo_outcome",
    "survey_answer",
)
WORDS = ("supported", "unclear", "not_supported")
MOST = 0.05
"""Share of centres in which a claim that isn't true may fit."""


def inputs_of(keep: Path, name: str, seed: int) -> ClaimInputs:
    """What the register reads of one simulated centre; the comparison as it is before rounding."""
    config = scenario(name).seeded(seed)
    found = of_seed(keep, name, seed)
    shown = found.estimates
    paths = {part: keep / name / f"{seed}.{part}.parquet" for part in ("episode", "survey")}
    if not paths["survey"].exists():
        for part, frame in _from_marts(config).items():
            frame.write_parquet(paths[part])
    grades = shown.select("outcome", grade="credibility")
    return ClaimInputs(
        frames={part: pl.read_parquet(path) for part, path in paths.items()}
        | {"comparison": shown.with_columns(rounding=None)},
        confounders=comparison_spec(config).covariates,
        arms=(config.arm_a, config.arm_b),
        minimum=MinimumCounts(10, 3),
        not_carried=not_carried(grades, found.sensitivity),
    )


def _from_marts(config: SampleConfig) -> dict[str, pl.DataFrame]:
    """Stage one simulated centre, build the marts, and read the frames of the register."""
    world = simulate(config)
    frames = {source: world.frame(source) for source in SOURCES}
    staged = {
        source: frame.select(name for name in frame.columns if name in STAGING[source])
        for source, frame in frames.items()
    }
    people = {*frames["roster"]["employee_id"], *frames["coaching_sessions"]["coach_id"]}
    with TemporaryDirectory() as folder, open_warehouse(Path(folder) / "warehouse.duckdb") as con:
        stage_frames(con, staged, World(data_until=config.end), sorted(people))
        build(con, MARTS)
        return {"episode": episodes(con), "survey": survey_answers(con)}


def verdicts(keep: Path, name: str, seed: int) -> pl.DataFrame:
    """One row per claim that isn't true in this world: its verdict, with the world and the seed."""
    inputs = inputs_of(keep, name, seed)
    claims = [claim for claim in load_claims() if claim.claim in NULLS[name]]
    found = [evaluate([claim], inputs, {}).claims for claim in claims]
    return pl.concat(found).select(
        "claim", "verdict", "reason", world=pl.lit(name), seed=pl.lit(seed)
    )


def page(found: pl.DataFrame) -> str:
    """The text of ``docs/claim-nulls.md``."""
    lines = [
        "# Claims where nothing is there",
        "",
        "Written by `python -m bench.claim_nulls`: how often a claim is said to fit in simulated "
        "centres in which it isn't true ([the worlds](known-truth.md)). It should be 5 % at most. "
        "Each claim is evaluated by itself, so that no correction for the others helps it. "
        "`contagion` is never told as more than unclear.",
        "",
        "| claim | world | centres | fits | unclear | doesn't fit | too little data |",
        "|---|---|---|---|---|---|---|",
    ]
    shares = [(pl.col("verdict") == word).mean().alias(word) for word in WORDS]
    rows = found.group_by("claim", "world").agg(pl.len(), *shares).sort("claim", "world")
    for row in rows.iter_rows(named=True):
        told = [row[word] for word in WORDS]
        told.append(1.0 - sum(told))
        figures = " | ".join(f"{100 * abs(share):.1f} %" for share in told)
        lines.append(f"| `{row['claim']}` | {row['world']} | {row['len']} | {figures} |")
    return "\n".join([*lines, ""])


def main() -> int:
    """Evaluate the claims in every world and write the page, or print what a trial gives."""
    options = options_of("Claims where nothing is there.")
    names, seeds = options.world or list(NULLS), range(1, options.seeds + 1)
    with TemporaryDirectory() as folder, processes_of(options.processes) as pool:
        each = partial(verdicts, options.keep or Path(folder))
        found = pl.concat([one for name in names for one in pool.map(partial(each, name), seeds)])
    text = page(found)
    print(text)
    if not options.world:
        (DOCS / "claim-nulls.md").write_text(text, encoding="utf-8")
    fits = found.group_by("claim", "world").agg((pl.col("verdict") == "supported").mean())
    return int(fits["verdict"].max() > MOST)  # type: ignore[operator]


if __name__ == "__main__":
    raise SystemExit(main())
