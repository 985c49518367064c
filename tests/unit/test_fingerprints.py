from __future__ import annotations

import numpy as np
import polars as pl
import pyarrow as pa

from pipelines.core.fingerprints import frame_fingerprint


def _with_a_gap(under_the_gap: int) -> pl.DataFrame:
    """Two numbers, the second of which isn't there; ``under_the_gap`` lies in its place."""
    is_there = pa.py_buffer(bytes([0b01]))
    numbers = pa.py_buffer(np.array([7, under_the_gap], dtype=np.int64))
    frame = pl.from_arrow(
        pa.table({"n": pa.Array.from_buffers(pa.int64(), 2, [is_there, numbers])}), rechunk=False
    )
    assert isinstance(frame, pl.DataFrame)
    return frame


def test_what_lies_in_the_place_of_a_null_tells_nothing() -> None:
    assert frame_fingerprint(_with_a_gap(1)) == frame_fingerprint(_with_a_gap(2))


def test_values_order_names_types_and_gaps_tell() -> None:
    frames = [
        pl.DataFrame({"n": [1, 2]}),
        pl.DataFrame({"n": [2, 1]}),
        pl.DataFrame({"m": [1, 2]}),
        pl.DataFrame({"n": [1.0, 2.0]}),
        pl.DataFrame({"n": [1, None]}),
        pl.DataFrame({"n": [1, 0]}),
    ]
    assert len({frame_fingerprint(each) for each in frames}) == len(frames)


def test_chunks_tell_nothing() -> None:
    halves = pl.concat([pl.DataFrame({"n": [1]}), pl.DataFrame({"n": [2]})], rechunk=False)
    assert frame_fingerprint(halves) == frame_fingerprint(pl.DataFrame({"n": [1, 2]}))
