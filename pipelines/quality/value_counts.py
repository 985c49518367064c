"""How often each value that a check looks at stands in a staged table.

A check on single values gives the same answer for equal values, so it needs each value once, and
how many rows have it: thirteen million shifts have two dozen lengths. DuckDB counts, Great
Expectations judges what was counted.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import polars as pl

from pipelines.contracts.sources import Source
from pipelines.core.judged_up_to import KEY_IS_UNIQUE, judged_up_to, new_rows, note_judged, program
from pipelines.core.queries import statement
from pipelines.core.sql_text import Expression, Named, identifier, listed
from pipelines.core.warehouse import Connection, count_rows, fetch, fetch_query, has_table
from pipelines.quality.check_specs import CheckSpec, suite_checks

VALUE, N_ROWS = "value", "n_rows"


@dataclass(frozen=True)
class Tally:
    """The values a check judges, and the number of rows that have each.

    What the values are depends on the check: those of its column, NULL among them; whether its
    flag holds; the number of rows per key; the number or the share of rows.
    """

    values: pl.Series
    n_rows: pl.Series
    n_bad: int | None = None
    """Of a share, the rows that aren't good."""

    @property
    def n_checked(self) -> int:
        """Rows that have a value."""
        return int(self.n_rows.filter(self.values.is_not_null()).sum())

    @property
    def n_rows_in_all(self) -> int:
        """Rows with a value or without."""
        return int(self.n_rows.sum())

    def n_with(self, positions: tuple[int, ...]) -> int:
        """Rows that have one of the values at these positions."""
        return int(self.n_rows.gather(list(positions)).sum())


class Counter:
    """Counts what the checks on one staged table look at; what several look at, once."""

    def __init__(self, con: Connection, source: Source, as_of: dt.date) -> None:
        self._con = con
        self._source = source
        self._as_of = as_of
        self._judged = judged_rows(con, source)
        self._counted: dict[str, pl.DataFrame] = {}
        self._of_column = {
            check.columns[0]: check
            for check in suite_checks(source)
            if check.kind in ("between", "in_set")
        }

    def tally(self, check: CheckSpec) -> Tally:
        """What a check looks at, counted."""
        match check.kind:
            case "has_rows":
                n_rows = count_rows(self._con, f"staging.{self._source.name}")
                return _tally([min(n_rows, 1)], [n_rows])  # one row speaks for all
            case "unique":
                return self._rows_per_key(check)
            case "flag" if check.min_share < 1:
                return self._share(check)
            case "flag":
                return self._flags(self.good(check))
            case "not_null" | "between" | "in_set":
                return self._column(check.columns[0])

    def good(self, check: CheckSpec) -> str:
        """SQL over the table as ``staged`` that is true in a good row and NULL in one not judged.

        It finds the rows behind a failed check; whether one failed is judged on the tally.
        """
        column = f"staged.{identifier(check.columns[0])}" if check.columns else ""
        match check.kind:
            case "not_null":
                return f"{column} is not null"
            case "between":
                return f"{column} between {check.minimum} and {check.maximum}"
            case "in_set":
                return f"{column} in ({listed(check.allowed).text})"
            case "unique":
                key = ", ".join(f"staged.{identifier(name)}" for name in check.columns)
                twice = statement("checks/key_twice", key=check.columns, judged=self._judged)
                return f"({key}) not in ({twice})"
            case _:
                return str(check.flag).replace("$as_of", f"date '{self._as_of.isoformat()}'")

    def first_failing(self, check: CheckSpec, limit: int) -> list[dict[str, object]]:
        """The first rows that fail, with what the check looks at and where they came from."""
        names = dict.fromkeys([*check.columns, "file_id", "line_number"])
        columns = ", ".join(f"staged.{identifier(name)}" for name in names)
        is_good = Expression(self.good(check))
        failing = self._written("first_failing", columns=Expression(columns), is_good=is_good)
        return fetch(self._con, failing, {"most": limit}).to_dicts()

    def nearly_known(self) -> dict[str, int]:
        """How many of the people named aren't on the roster, and how many of them nearly are."""
        self._con.execute(self._written("named_people"))
        return fetch_query(self._con, "checks/nearly_known").row(0, named=True)

    def _written(self, name: str, **names: Named) -> str:
        """A statement about the table."""
        return statement(f"checks/{name}", judged=self._judged, **names)

    def _asked(self, name: str, **names: Named) -> Any:
        """One row about the table."""
        return self._con.execute(self._written(name, **names)).fetchall()[0]

    def _column(self, name: str) -> Tally:
        """The values of a column as far as its checks need them, NULL last.

        Of numbers between the bounds the smallest and the largest speak for the others; of a
        column that is only asked whether it has a value, true does.
        """
        column = f"staged.{identifier(name)}"
        check = self._of_column.get(name)
        if check is None:
            n_rows, n_values = self._asked("values_filled", value=Expression(column))
            return _of_counts((True, n_values), (None, n_rows - n_values))
        if check.kind == "in_set":
            return self._counts(column)
        # What the table's file knows of itself: no row is looked at where all are within bounds.
        n_rows, n_values, least, most = self._asked("value_bounds", value=Expression(column))
        if n_values and check.minimum <= least and most <= check.maximum:
            n_most = 0 if least == most else n_values - 1
            n_least, n_empty = n_values - n_most, n_rows - n_values
            return _of_counts((least, n_least), (most, n_most), (None, n_empty))
        inside = f"{column} between {check.minimum} and {check.maximum}"
        of_column, within = Expression(column), Expression(inside)
        least, most = self._asked("bounds_within", value=of_column, is_within=within)
        if least is None:
            return self._counts(column)
        return self._counts(
            f"case when not {inside} then {column} when {column} = {least} then {least} "
            f"when {column} is not null then {most} end"
        )

    def _flags(self, expression: str) -> Tally:
        """How often a flag holds and how often not; where it is NULL nothing is judged."""
        found = self._counts(expression)
        is_judged = found.values.is_not_null()
        return Tally(found.values.filter(is_judged), found.n_rows.filter(is_judged))

    def _counts(self, expression: str) -> Tally:
        if expression not in self._counted:
            counted = self._written("counted_values", value=Expression(expression))
            self._counted[expression] = fetch(self._con, counted)
        frame = self._counted[expression]
        return Tally(frame[VALUE], frame[N_ROWS])

    def _share(self, check: CheckSpec) -> Tally:
        """The share of good rows among those judged, in whole percent as limits are."""
        found = self._flags(self.good(check))
        if not found.n_checked:
            return _tally([], [])
        n_good = int(found.n_rows.filter(found.values).sum())
        whole_percent = n_good * 100 // found.n_checked / 100
        n_bad = found.n_checked - n_good
        return Tally(pl.Series(VALUE, [whole_percent]), pl.Series(N_ROWS, [found.n_checked]), n_bad)

    def _rows_per_key(self, check: CheckSpec) -> Tally:
        """How many rows stand under a key: 1, unless it stands more than once.

        Where no key stood twice, those of later deliveries alone can, and of rows that came back
        from being set aside. Else as many different fingerprints as rows prove as many keys, and
        cost a sixth of grouping by the keys themselves; where there are fewer, these are looked at.
        """
        tally = self._every_key_once(check) or self._grouped_by_key(check)
        if tally.values.to_list() == [1]:
            asked = (self._source.name, KEY_IS_UNIQUE, program(), self._as_of)
            note_judged(self._con, *asked, [self._judged])
        return tally

    def _every_key_once(self, check: CheckSpec) -> Tally | None:
        """One row per key, where the keys that came or came back since then stand once."""
        asked = (self._source.name, KEY_IS_UNIQUE, program(), dt.date.max)
        up_to = judged_up_to(self._con, *asked)
        if up_to is None:
            return None
        since = new_rows(check.columns, self._judged, self._source.name, KEY_IS_UNIQUE, up_to)
        (n_twice,) = self._asked("keys_twice", key=check.columns, arrived=Expression(since))
        n_rows = count_rows(self._con, self._judged)
        return None if n_twice or not n_rows else _tally([1], [n_rows])

    def _grouped_by_key(self, check: CheckSpec) -> Tally:
        prints = fetch(self._con, self._written("key_fingerprints", key=check.columns))
        if prints["fingerprint"].n_unique() == prints.height:
            return _tally([1], [prints.height]) if prints.height else _tally([], [])
        frame = fetch(self._con, self._written("rows_per_key", key=check.columns))
        return Tally(frame[VALUE], frame[N_ROWS])


def _of_counts(*counted: tuple[object, int]) -> Tally:
    """Values with their numbers of rows, without those that no row has."""
    found = [(value, n) for value, n in counted if n]
    return _tally([value for value, _ in found], [n for _, n in found])


def _tally(values: list[object], n_rows: list[int]) -> Tally:
    return Tally(pl.Series(VALUE, values), pl.Series(N_ROWS, n_rows, dtype=pl.Int64))


def judged_rows(con: Connection, source: Source) -> str:
    """What the checks on a source look at: what is staged, and what was set aside of it.

    A row that can't count yet was delivered like any other, and may be told by a check.
    """
    staged, aside, judged = (
        f"{name}{source.name}" for name in ("staging.", "ledger.aside_", "temp.judged_")
    )
    if not has_table(con, aside):
        return staged
    columns = con.table(staged).columns
    con.execute(
        statement("checks/judged_rows", judged=judged, columns=columns, staged=staged, aside=aside)
    )
    return judged
