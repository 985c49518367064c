"""Arrow without pandas, which it loads to ask of an array whether it is one of pandas': none is."""

from __future__ import annotations

import sys
from importlib.abc import MetaPathFinder
from typing import Any

import pyarrow as pa


class _NotNow(MetaPathFinder):
    """Says of pandas that it isn't there."""

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> None:
        """Refuse pandas; what else is asked for is found by others."""
        if fullname == "pandas":
            raise ModuleNotFoundError(fullname, name=fullname)


def leave_pandas_alone() -> None:
    """Let Arrow not load pandas for arrays that are made from now on.

    It asks once, at the first array. Who imports pandas, or turns a table into its frame, gets it.
    """
    if "pandas" in sys.modules:
        return
    absent = _NotNow()
    sys.meta_path.insert(0, absent)
    try:
        pa.array([0])
    finally:
        sys.meta_path.remove(absent)
