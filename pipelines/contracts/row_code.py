"""Which functions make which rows of a table: ``row_code.yml`` as typed records."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

from pydantic import Field

from pipelines.contracts.contract_files import CONTRACTS_FOLDER, read_contract
from pipelines.contracts.tables import Record

_NOT = "not "


class RowCode(Record):
    """What makes some rows and columns of a table: functions (``module:function``), and tables."""

    where: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    columns: tuple[str, ...] = ()
    code: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    quotes: dict[str, str] = Field(default_factory=dict)

    def is_about(self, row: Mapping[str, Any], columns: Collection[str]) -> bool:
        """Whether some columns of a row are what it speaks of."""
        is_column = not self.columns or any(each in self.columns for each in columns)
        return is_column and all(_has(row[key], given) for key, given in self.where.items())


def _has(value: Any, given: tuple[str, ...]) -> bool:
    other = [each.removeprefix(_NOT) for each in given if each.startswith(_NOT)]
    return value in given or bool(other and value not in other)


@cache
def row_code() -> dict[str, tuple[RowCode, ...]]:
    """The rules by table."""
    content = read_contract(CONTRACTS_FOLDER / "row_code.yml")
    return {table: tuple(RowCode(**each) for each in rules) for table, rules in content.items()}


def rules_about(table: str, row: Mapping[str, Any], columns: Collection[str] = ()) -> list[RowCode]:
    """Return the rules about some columns of a row."""
    return [each for each in row_code().get(table, ()) if each.is_about(row, columns)]


def tables_read(table: str) -> list[str]:
    """Return what the rules say that a table is made of, whichever rows."""
    return list(dict.fromkeys(each for rule in row_code().get(table, ()) for each in rule.reads))
