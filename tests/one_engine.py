"""From a warehouse in memory to one beside others: a DuckDB serves all that tests open in turn.

To start a DuckDB takes longer than most tests do with it. Each warehouse is a database of its own
in it, which goes when it is closed; one that is opened while another is open gets a DuckDB of its
own, for it would see the other's tables.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import duckdb
import pytest

from pipelines.core import warehouse
from pipelines.core.engine_limits import kept_to

MEMORY = Path(":memory:")


def serve(patch: pytest.MonkeyPatch) -> None:
    """Let one DuckDB serve the warehouses in memory of this process from now on."""
    engine = duckdb.connect(str(MEMORY), config={**warehouse.OPTIONS})
    alone, numbers = warehouse._connected, count(1)
    is_open = False

    @contextmanager
    def beside_others(
        path: Path, *, read_only: bool, time_zone: str
    ) -> Iterator[warehouse.Connection]:
        nonlocal is_open
        if path != MEMORY or is_open or kept_to().options():
            with alone(path, read_only=read_only, time_zone=time_zone) as con:
                yield con
            return
        name, con, is_open = f"in_memory_{next(numbers)}", engine.cursor(), True
        try:
            con.execute(f"attach '{MEMORY}' as {name}")
            con.execute(f"use {name}")
            warehouse._make_ready(con, read_only=read_only, time_zone=time_zone)
            yield con
        finally:
            con.close()
            engine.execute(f"detach {name}")
            is_open = False

    patch.setattr(warehouse, "_connected", beside_others)
