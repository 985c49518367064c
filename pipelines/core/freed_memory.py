"""What a step no longer needs goes back to the machine: nothing comes in, freed memory goes out."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collecting_later() -> Iterator[None]:
    """Look for no garbage in the block until `collect_from_now`: what libraries bring stays."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def collect_from_now() -> None:
    """Look for garbage again, but not among what is there: it would be gone through each time."""
    gc.freeze()
    gc.enable()


def give_back() -> None:
    """Let Arrow return what it holds of freed tables, for its pool keeps that for later ones.

    The next step's memory comes from elsewhere: the database's, numpy's and Polars' own.
    """
    import pyarrow as pa  # the database brings it along as soon as a frame is fetched

    pa.default_memory_pool().release_unused()
