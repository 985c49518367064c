"""What a delivery took the place of: rows of earlier files, and how many of them said otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pipelines.core.queries import statement
from pipelines.core.sql_text import identifier, same
from pipelines.core.warehouse import Connection


@dataclass
class Replaced:
    """How many current rows of each earlier file a delivery superseded.

    ``n_changed`` of them all had other values, or have no row in their place.
    """

    n_rows_by_file: dict[int, int] = field(default_factory=dict)
    n_changed: int = 0

    @property
    def n_rows(self) -> int:
        """All of them."""
        return sum(self.n_rows_by_file.values())

    def add(self, counted: Iterable[Sequence[int]]) -> None:
        """Add numbers of files, with their rows and how many of these changed."""
        for file_id, n_rows, n_changed in counted:
            self.n_rows_by_file[file_id] = self.n_rows_by_file.get(file_id, 0) + n_rows
            self.n_changed += n_changed

    def told(self) -> str | None:
        """The count in words; None where there is nothing to tell."""
        if not self.n_rows:
            return None
        return (
            f"{self.n_rows:,} rows of earlier files were superseded, {self.n_changed:,} of them "
            "with other values"
        )


def counted(names: Sequence[str]) -> str:
    """SQL: the counts of rows ``stood`` beside the rows ``arrived`` in their place, if any."""
    pairs = ((f"stood.{identifier(n)}", f"arrived.{identifier(n)}") for n in names)
    differs = [f"{theirs} is distinct from {ours}" for theirs, ours in pairs]
    changed = " or ".join(["arrived.line_number is null", *differs])
    return f"count(*) as n_rows, count(*) filter (where {changed}) as n_changed"


def delete_replaced(con: Connection, table: str, arrived: str, key: Iterable[str]) -> None:
    """Delete the rows of a table under the keys that arrived."""
    same_key = same("stood", "arrived", key)
    con.execute(
        statement("loading/delete_replaced", standing=table, arrived=arrived, same_key=same_key)
    )
