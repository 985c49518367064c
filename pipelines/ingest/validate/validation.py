"""From a text table to typed columns and broken rules: every distinct text is looked at once.

A million shifts have a few hundred different days and a dozen different lengths. Each column is
taken apart into its distinct texts and a code per row; translation, type and rules are evaluated
in SQL on the texts, and the answers are given to the rows by their codes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from pipelines.config.mapping import SourceMapping
from pipelines.contracts import casts
from pipelines.contracts.sources import Column, Source
from pipelines.core.known_texts import KnownTexts
from pipelines.core.queries import statement
from pipelines.core.sql_text import Expression
from pipelines.core.text_columns import Codes, distinct_texts, in_one_piece, spread
from pipelines.core.warehouse import Connection
from pipelines.ingest.read.delivery import LINE_NUMBER, UNKNOWN_PERSON, Delivery
from pipelines.ingest.validate.mapping_sql import translation
from pipelines.ingest.validate.row_rules import TYPE, CellRule, RejectedCell, column_rules

Flags = npt.NDArray[np.bool_]

REJECTED_SCHEMA = {
    "line_number": pl.Int64,
    "rule": pl.String,
    "column_name": pl.String,
    "value": pl.String,
    "expected": pl.String,
    "position": pl.Int32,
}


@dataclass(frozen=True)
class ValidatedColumn:
    """One column of a delivery by its distinct texts; ``codes`` says which of them a row has.

    ``texts`` as delivered; ``cleaned`` without blanks around them, NULL where empty;
    ``canonical`` what the contract reads, which differs where a translation is declared;
    ``typed`` the values, NULL where a text can't be read; ``broken`` one array per rule.
    """

    column: Column
    codes: Codes
    texts: pa.Array
    cleaned: pa.Array
    canonical: pa.Array
    typed: pa.Array
    rules: tuple[CellRule, ...]
    broken: tuple[Flags, ...]
    is_translated: bool

    @cached_property
    def is_changed(self) -> Flags:
        """Of the texts: whether the translation changed it."""
        pairs = zip(self.cleaned.to_pylist(), self.canonical.to_pylist(), strict=True)
        return np.array([ours != theirs for theirs, ours in pairs], dtype=bool)

    @property
    def raw_text(self) -> pa.Array:
        """The column's text as raw keeps it, a value per row."""
        return spread(self.canonical if self.is_translated else self.texts, self.codes)

    def values_of(self, rows: Flags) -> pa.Array:
        """The typed values of some rows."""
        return spread(self.typed, self.codes[rows])


@dataclass(frozen=True)
class Validation:
    """A delivery checked against its contract: which of its rows are sound, and what is wrong.

    The flags and codes are for the rows of the delivery's table, in its order; ``rejected`` has a
    row for every broken rule, the records that couldn't be told apart among them, in order of
    line and column.
    """

    delivery: Delivery
    columns: dict[str, ValidatedColumn]
    is_bad: Flags
    rejected: pl.DataFrame

    @property
    def n_quarantined(self) -> int:
        """Rows that broke a rule."""
        return int(self.is_bad.sum()) + len(self.delivery.broken)

    @property
    def n_sound(self) -> int:
        """Rows that broke none."""
        return self.delivery.n_rows - self.n_quarantined

    def n_superseded_by(self, n_standing: int) -> int:
        """Count sound rows that aren't current: superseded by later ones, or erased."""
        return self.n_sound - n_standing + self.delivery.n_left_out

    def is_refused(self, source: Source) -> bool:
        """Whether so many rows broke a rule that the delivery is refused as a whole.

        Records of people who aren't known yet are set aside until they are; where that is most of
        them, the identifiers are written in another way, and the delivery is refused.
        """
        n_rows = self.delivery.n_rows
        n_unknown = sum(each.rule == UNKNOWN_PERSON for each in self.delivery.broken)
        n_broken = self.n_quarantined - n_unknown
        return n_broken > source.max_quarantined_share * n_rows or n_unknown > n_rows / 2

    def first_problems(self, limit: int) -> list[RejectedCell]:
        """The first broken rules."""
        return self.problems_among(self.rejected.head(limit))

    def all_problems(self) -> list[RejectedCell]:
        """Every broken rule."""
        return self.problems_among(self.rejected)

    def problems_among(self, rows: pl.DataFrame) -> list[RejectedCell]:
        """Some rows of ``rejected``, as problems."""
        return [self._cell(*row) for row in rows.drop("position").iter_rows()]

    def _cell(
        self, line: int, rule: str, column: str | None, value: str | None, expected: str
    ) -> RejectedCell:
        if column is None:
            return RejectedCell(line, rule, column, value, expected)
        return RejectedCell(
            line,
            rule,
            column,
            value,
            expected,
            self.delivery.headings.get(column) or self.delivery.delivered_names.get(column),
            self.columns[column].column.personal_data,
        )


def validate(
    con: Connection,
    source: Source,
    delivery: Delivery,
    mapping: SourceMapping,
    known: KnownTexts | None = None,
) -> Validation:
    """Hold a delivery against the rules of its contract; nothing is written.

    ``known`` has what was said of the texts of earlier deliveries, under the same settings.
    """
    known = known or KnownTexts()
    rules = [(column, column_rules(column, mapping)) for column in source.columns]
    columns = {
        column.name: _validate_column(con, column, tuple(found), delivery, mapping, known)
        for column, found in rules
        if column.name in delivery.delivered_names
    }
    is_bad = np.zeros(delivery.table.num_rows, dtype=bool)
    for judged in columns.values():
        for broken in judged.broken:
            if broken.any():
                is_bad |= broken[judged.codes]
    positions = {
        (rule.column, rule.rule): position
        for position, rule in enumerate(rule for _, found in rules for rule in found)
    }
    return Validation(delivery, columns, is_bad, _rejected(delivery, columns, positions))


def _validate_column(
    con: Connection,
    column: Column,
    rules: tuple[CellRule, ...],
    delivery: Delivery,
    mapping: SourceMapping,
    known: KnownTexts,
) -> ValidatedColumn:
    codes, texts = distinct_texts(delivery.table.column(delivery.delivered_names[column.name]))
    translated = translation(column, "cleaned", mapping)
    broken = "".join(
        f", coalesce({rule.condition}, false) as broken_{number}"
        for number, rule in enumerate(rules)
    )
    query = statement(
        "loading/judged_texts",
        cleaned=Expression(casts.clean("text")),
        translated=Expression(casts.clean(translated or "cleaned")),
        column=[column.name],
        typed=Expression(casts.cast(column, column.name)),
        broken=Expression(broken),
    )
    answers = known.answers(query, texts.cast(pa.string()), partial(_asked, con, query))
    return ValidatedColumn(
        column,
        codes,
        texts,
        in_one_piece(answers.column("cleaned")),
        in_one_piece(answers.column("canonical")),
        in_one_piece(answers.column("typed")),
        rules,
        tuple(
            answers.column(f"broken_{number}").to_numpy().astype(bool)
            for number in range(len(rules))
        ),
        translated is not None
        and not answers.column("cleaned").equals(answers.column("canonical")),
    )


def _asked(con: Connection, query: str, texts: pa.Array) -> pa.Table:
    con.register("_texts", pa.table({"number": np.arange(len(texts)), "text": texts}))
    try:
        return con.sql(query).to_arrow_table()
    finally:
        con.unregister("_texts")


def _rejected(
    delivery: Delivery, columns: dict[str, ValidatedColumn], positions: dict[tuple[str, str], int]
) -> pl.DataFrame:
    lines = delivery.table.column(LINE_NUMBER).to_numpy()
    parts = [_broken_records(delivery)]
    for name, judged in columns.items():
        for rule, broken in zip(judged.rules, judged.broken, strict=True):
            if broken.any():
                told = delivery.expected.get(name) if rule.rule == TYPE else None
                rows = np.flatnonzero(broken[judged.codes])
                parts.append(
                    pl.DataFrame(
                        {
                            "line_number": lines[rows],
                            "rule": rule.rule,
                            "column_name": name,
                            "value": pl.Series(judged.cleaned.take(judged.codes[rows])),
                            "expected": told or rule.expected,
                            "position": positions[name, rule.rule],
                        },
                        schema=REJECTED_SCHEMA,
                    )
                )
    return pl.concat(parts).sort("line_number", "position", maintain_order=True)


def _broken_records(delivery: Delivery) -> pl.DataFrame:
    return pl.DataFrame(
        [
            (each.line_number, each.rule, None, each.text, each.problem, -1)
            for each in delivery.broken
        ],
        schema=REJECTED_SCHEMA,
        orient="row",
    )
