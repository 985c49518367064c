"""A generated file and what should stand in it come in; it is written, or said not to fit."""

from __future__ import annotations

import sys
from pathlib import Path


def write_or_check(file: Path, wanted: str, what_of: str) -> int:
    """Write the file where it is another; with ``--check``, say that it doesn't fit ``what_of``.

    Returns the exit status: 1 where it is asked and doesn't fit.
    """
    fits = file.exists() and file.read_text(encoding="utf-8") == wanted
    if "--check" in sys.argv[1:]:
        if not fits:
            print(f"{file.name} doesn't fit {what_of}; run `make format`")
        return 0 if fits else 1
    if not fits:
        file.write_text(wanted, encoding="utf-8")
    return 0
