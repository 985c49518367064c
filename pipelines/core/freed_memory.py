"""What a step no longer needs goes back to the machine: nothing comes in, freed memory goes out."""

from __future__ import annotations


def give_back() -> None:
    """Let Arrow return what it holds of freed tables, for its pool keeps that for later ones.

    The next step's memory comes from elsewhere: the database's, numpy's and Polars' own.
    """
    import pyarrow as pa  # the database brings it along as soon as a frame is fetched

    pa.default_memory_pool().release_unused()
