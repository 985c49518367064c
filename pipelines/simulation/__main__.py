"""Command line of the sample contact centre: ``python -m pipelines.simulation --landing DIR``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from pipelines.core.errors import PipelineError
from pipelines.simulation.config import SampleConfig
from pipelines.simulation.exports.company60 import NOT_THE_SAME, write_exports
from pipelines.simulation.write_files import write_sample


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the landing files and say what was written; 1 where an argument isn't allowed."""
    options = _parser().parse_args(arguments)
    try:
        truth = write_sample(
            options.landing,
            n_agents=options.agents,
            months=options.months,
            seed=options.seed,
            end=options.end,
            truth_file=options.truth_file,
            writer=write_exports if options.layout else None,
        )
    except PipelineError as error:
        print(error, file=sys.stderr)
        return 1
    print(
        f"wrote the sample contact centre to {options.landing}: {options.agents} agents, "
        f"{options.months} months to {options.end}, {truth.n_people} entries into the comparison"
    )
    if options.layout:
        print(f"as the ten exports of {options.layout}, which can't say everything:")
        print("\n".join(f"  {told}" for told in NOT_THE_SAME))
    return 0


def _parser() -> argparse.ArgumentParser:
    default = SampleConfig()
    parser = argparse.ArgumentParser(
        prog="python -m pipelines.simulation",
        description="Write the landing files of a contact centre whose answers are known.",
    )
    parser.add_argument("--landing", type=Path, required=True, help="landing folder to fill")
    parser.add_argument("--agents", type=int, default=default.n_agents)
    parser.add_argument("--months", type=int, default=default.months)
    parser.add_argument("--seed", type=int, default=default.seed)
    parser.add_argument("--end", type=date.fromisoformat, default=default.end, help="YYYY-MM-DD")
    parser.add_argument("--truth-file", type=Path, help="default: truth.json beside the landing")
    parser.add_argument(
        "--as",
        dest="layout",
        choices=["company60"],
        help="write ten systems' exports and the settings that read them, not canonical files",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
