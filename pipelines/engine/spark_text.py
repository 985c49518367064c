"""A model's text in DuckDB's SQL -> the same query in Spark's, over views of its tables.

What DuckDB makes of a text is what is meant. sqlglot translates; where Spark would silently give
something else for the same words, two rewrites say it in Spark's: functions of text (`trim`,
`regexp_full_match`), and texts that are read as numbers, dates and moments. What neither can mend
stays out of the models: `safe_subset.py`.
"""

from __future__ import annotations

import sqlglot
from sqlglot import exp

from pipelines.core.sql_models import Table

BLANKS = "".join(map(chr, (0x20, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000)))
"""What DuckDB's `trim` takes away: blanks of every width, no-break ones among them; no tabs."""
SPACE = r"[ \t\n\x0B\f\r]*"
NUMBER = rf"{SPACE}[+]?-?(([0-9]+([.][0-9]*)?|[.][0-9]+)(e[+-]?[0-9]+)?|inf|infinity|nan){SPACE}"
"""What DuckDB reads as a double; Java would take `1d`, `1f` and hexadecimal numbers as well."""
DATE = rf"[0-9]{{4}}-[0-9]{{1,2}}-[0-9]{{1,2}}{SPACE}"
"""What DuckDB reads as a date; Spark would take `2024-01-1T` as well."""


def view_name(table: Table) -> str:
    """What a table is called in the session: `staging__roster` for `staging.roster`."""
    return "__".join(table)


def spark_text(query: str) -> str:
    """The query in Spark's SQL; every ``schema.table`` is read from the view named after it."""
    tree = sqlglot.parse_one(query, read="duckdb")
    for table in list(tree.find_all(exp.Table)):
        if table.db:
            table.replace(_view(table))
    return tree.transform(_function_of_text).transform(_read_text).sql("spark", pretty=True)


def _view(table: exp.Table) -> exp.Table:
    """The view behind a table, under the name that the query calls the table by."""
    view = exp.table_(view_name((table.db, table.name)), alias=table.alias_or_name)
    for key in ("joins", "laterals", "pivots"):
        view.set(key, table.args.get(key))
    return view


def _function_of_text(node: exp.Expression) -> exp.Expression:
    """`trim` of every blank; a pattern that holds from the first character to the very last."""
    if isinstance(node, exp.Trim) and not node.expression:
        return exp.Trim(this=node.this, expression=exp.Literal.string(BLANKS), position="BOTH")
    if isinstance(node, exp.RegexpFullMatch):
        return _is_like(node.this, node.expression.name)
    return node


def _read_text(node: exp.Expression) -> exp.Expression:
    """`try_cast` of what DuckDB reads as a number or a date, and of moments with seconds."""
    if not isinstance(node, exp.TryCast):
        return node
    if node.to.is_type("double"):
        return _if_like(node, f"(?i){NUMBER}", _replaced(node.this, rf"\A{SPACE}[+]", ""))
    if node.to.is_type("date"):
        return _if_like(node, DATE, node.this)
    if node.to.is_type("timestamptz"):  # Spark reads no offset behind minutes
        node.set("this", _replaced(node.this, "([T ][0-9]{2}:[0-9]{2})([Z+-])", "$1:00$2"))
    return node


def _if_like(node: exp.TryCast, pattern: str, text: exp.Expression) -> exp.Case:
    """Cast a text where the original one is like a pattern; else NULL."""
    cast = exp.TryCast(this=text.copy(), to=node.to.copy(), safe=True)
    return exp.Case(ifs=[exp.If(this=_is_like(node.this, pattern), true=cast)])


def _replaced(text: exp.Expression, pattern: str, by: str) -> exp.RegexpReplace:
    literal = exp.Literal.string
    return exp.RegexpReplace(this=text.copy(), expression=literal(pattern), replacement=literal(by))


def _is_like(text: exp.Expression, pattern: str) -> exp.RegexpLike:
    flags, whole = ("(?i)", pattern[4:]) if pattern.startswith("(?i)") else ("", pattern)
    return exp.RegexpLike(
        this=text.copy(), expression=exp.Literal.string(rf"{flags}\A(?:{whole})\z")
    )
