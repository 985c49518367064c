"""How much a file may unpack to: in bytes, in rows, and in proportion to its size.

What a file says about itself is never believed: bytes and rows are counted as they come.
"""

from __future__ import annotations

from pipelines.config.settings import Limits
from pipelines.core.errors import GateError

DEFAULT = Limits()
MEGABYTE = 1 << 20
ALWAYS_UNPACKED_BYTES = 64 * MEGABYTE
"""No machine that runs a refresh is short of so much."""
MAX_RATIO = 200
"""Beyond that a file may unpack to at most 200 times its size; exports reach 5 to 40."""
_SPLIT = "Split it and drop the parts"


def limit_bytes(limits: Limits) -> int:
    """What no file may unpack to, whatever its size."""
    return limits.unpacked_megabytes * MEGABYTE


def allowed_bytes(n_packed: int, limits: Limits) -> int:
    """What a compressed file of this many bytes may unpack to."""
    return min(limit_bytes(limits), max(ALWAYS_UNPACKED_BYTES, MAX_RATIO * n_packed))


def too_many_bytes(n_packed: int, allowed: int, limits: Limits) -> GateError:
    """The refusal of a file that unpacks to more than it may, with what to do about it."""
    told = f"the file of {n_packed:,} bytes unpacks to more than {allowed // MEGABYTE:,} MB"
    if allowed >= limit_bytes(limits):
        return GateError(f"{told}; {_at_most('unpacked_megabytes')}")
    return GateError(
        f"{told}; beyond {ALWAYS_UNPACKED_BYTES // MEGABYTE} MB at most {MAX_RATIO} times a file's "
        f"size are taken, because no export packs tighter. {_SPLIT}, or export it again"
    )


def too_large(limits: Limits) -> GateError:
    """The refusal of a file that is larger as it lies than any may unpack to."""
    return GateError(
        f"the file has more than {limits.unpacked_megabytes:,} MB; {_at_most('unpacked_megabytes')}"
    )


def check_rows(n_rows: int, limits: Limits) -> None:
    """Raise `GateError` where a file has more rows than it may."""
    if n_rows > limits.rows_per_file:
        raise GateError(
            f"the file has more than {limits.rows_per_file:,} rows; {_at_most('rows_per_file')}"
        )


def _at_most(setting: str) -> str:
    return f"at most so many are taken ([limits] {setting} in settings.toml). {_SPLIT}"
