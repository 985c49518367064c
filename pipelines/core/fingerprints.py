"""A frame comes in, out goes a fingerprint that tells whether it holds the same as another."""

from __future__ import annotations

import hashlib
import io

import polars as pl


def frame_fingerprint(frame: pl.DataFrame) -> str:
    """The same for the same columns, types and values in the same order, as a hexadecimal SHA-256.

    It is that of a Parquet file, which leaves out what isn't there: in memory, and in Arrow's own
    format, any bytes may lie in the place of a null.
    """
    content = io.BytesIO()
    frame.rechunk().write_parquet(content, compression="uncompressed", statistics=False)
    return hashlib.sha256(content.getvalue()).hexdigest()
