"""A contact centre with a known truth, written as landing files."""

from pipelines.sample.config import SampleConfig
from pipelines.sample.truth import SampleTruth
from pipelines.sample.world import SampleWorld, simulate
from pipelines.sample.writing import write_landing, write_sample

__all__ = [
    "SampleConfig",
    "SampleTruth",
    "SampleWorld",
    "simulate",
    "write_landing",
    "write_sample",
]
