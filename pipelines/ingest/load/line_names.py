"""The names of what lies beside a delivery's rows in raw: a number comes in, file names go out."""

from __future__ import annotations

from pipelines.core.raw_files import RawPath

LINE, REJECTED = ".json", ".rejected.parquet"


def names_beside(file_id: int) -> tuple[str, str]:
    """The names of a delivery's ledger line and of its rejected values."""
    return f"{file_id:06d}{LINE}", f"{file_id:06d}{REJECTED}"


def number_of(path: RawPath) -> int | None:
    """The delivery's number in a line's name; None for another file."""
    stem = path.name.removesuffix(LINE)
    return int(stem) if stem.isdigit() else None
