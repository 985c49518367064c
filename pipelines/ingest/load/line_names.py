"""The names of raw's files: numbers of deliveries come in, names go out, and back."""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.core.raw_files import RawPath
from pipelines.core.workspace import LEDGER_LINE

LINE, REJECTED, PACKED = LEDGER_LINE, ".rejected.parquet", "packed-"


def names_beside(file_id: int) -> tuple[str, str]:
    """The names of a delivery's ledger line and of its rejected values."""
    return f"{file_id:06d}{LINE}", f"{file_id:06d}{REJECTED}"


def number_of(path: RawPath) -> int | None:
    """The delivery's number in a line's name; None for another file."""
    stem = path.name.removesuffix(LINE)
    return int(stem) if stem.isdigit() else None


def pack_name(file_ids: Sequence[int], number: int) -> str:
    """The name of a file that has the rows of several deliveries; ``number`` is its writing."""
    return f"{PACKED}{min(file_ids):06d}-{max(file_ids):06d}-{len(file_ids)}-{number}.parquet"


def is_pack(name: str) -> bool:
    """Whether a raw file may have the rows of several deliveries."""
    return name.startswith(PACKED)


def n_packed(name: str) -> int:
    """How many deliveries a pack was written with."""
    return int(name.split("-")[3])
