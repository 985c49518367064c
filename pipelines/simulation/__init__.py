"""A contact centre with a known truth, written as landing files."""

from pipelines.simulation.centre import SampleWorld, simulate
from pipelines.simulation.config import SampleConfig
from pipelines.simulation.oracle.truth import SampleTruth
from pipelines.simulation.write_files import write_landing, write_sample

__all__ = [
    "SampleConfig",
    "SampleTruth",
    "SampleWorld",
    "simulate",
    "write_landing",
    "write_sample",
]
