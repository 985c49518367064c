"""What a step no longer needs goes back to the machine: nothing comes in, freed memory goes out."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collecting_later() -> Iterator[None]:
    """Look for no garbage in the block until `among_new_objects`: what libraries bring stays."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@contextmanager
def among_new_objects() -> Iterator[None]:
    """Look for garbage among what the block makes; to go through the rest each time is dear."""
    gc.freeze()
    gc.enable()
    try:
        yield
    finally:
        gc.unfreeze()


def give_back() -> None:
    """Let Arrow return what it holds of freed tables, for its pool keeps that for later ones.

    The next step's memory comes from elsewhere: the database's, numpy's and Polars' own.
    """
    import pyarrow as pa  # the database brings it along as soon as a frame is fetched

    pa.default_memory_pool().release_unused()
