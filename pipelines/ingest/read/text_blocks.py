"""From a text's bytes to where its marks stand, a block at a time: no array is as long as the text.

A flag for each byte of a large export takes as much memory as the export, and a position eight
times as much; in blocks only what is found is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

LF, CR, QUOTE = 10, 13, 34
BLOCK_BYTES = 1 << 20
Bytes = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]
Counts = npt.NDArray[np.int64]


def blocks(data: Bytes) -> Iterator[tuple[int, Bytes]]:
    """The text in blocks, each with the place of its first byte."""
    for start in range(0, len(data), BLOCK_BYTES):
        yield start, data[start : start + BLOCK_BYTES]


def quoted_blocks(data: Bytes, *, has_quotes: bool) -> Iterator[tuple[int, Bytes, Flags]]:
    """The text in blocks, and of each byte whether it stands within quotes.

    It does from an opening quote up to, but not at, the quote that closes it.
    """
    is_open = False
    for start, block in blocks(data):
        if not has_quotes:
            yield start, block, np.zeros(len(block), dtype=bool)
            continue
        inside: Flags = np.bitwise_xor.accumulate(block == QUOTE)
        if is_open:
            np.logical_not(inside, out=inside)
        is_open = bool(inside[-1])
        yield start, block, inside


def positions(data: Bytes, is_wanted: Callable[[Bytes], Flags]) -> Counts:
    """Where the wanted bytes stand."""
    return joined(np.flatnonzero(is_wanted(block)) + start for start, block in blocks(data))


def joined(pieces: Iterator[Counts]) -> Counts:
    """Pieces of positions, one behind the other."""
    found: Counts = np.concatenate([np.zeros(0, dtype=np.int64), *pieces])
    return found


def count_from(data: Bytes, mark: int, starts: Counts) -> Counts:
    """How often a byte stands from each start up to the next; starts go up."""
    before: list[Counts] = []
    n_so_far = 0
    for first, block in blocks(data):
        here = np.flatnonzero(block == mark)
        low, high = np.searchsorted(starts, (first, first + len(block)))
        before.append(np.searchsorted(here, starts[low:high] - first) + n_so_far)
        n_so_far += len(here)
    counts: Counts = np.diff(joined(iter(before)), append=n_so_far)
    return counts
