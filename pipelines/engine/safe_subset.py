"""A model's text and the columns of the tables that it reads -> where it leaves the safe subset.

The safe subset is what means the same in DuckDB and, translated, in Spark. A function that isn't
listed here has to be tried on both (`tests/engine/`) before it is; some are safe in one form only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify

Schema = Mapping[str, Mapping[str, Mapping[str, str]]]
"""Column types by schema, table and column, as DuckDB names them."""

SAFE: tuple[type[exp.Expr], ...] = (
    exp.And, exp.Or, exp.Case, exp.If, exp.Coalesce, exp.Nullif, exp.Greatest, exp.Least,
    exp.Cast, exp.TryCast, exp.Round, exp.Ceil, exp.Floor,
    exp.Trim, exp.Lower, exp.Replace, exp.Contains, exp.RegexpFullMatch, exp.SplitPart,
    exp.DateDiff, exp.TimestampTrunc, exp.DateTrunc, exp.LastDay, exp.Year, exp.Quarter, exp.Month,
    exp.Count, exp.Sum, exp.Avg, exp.Min, exp.Max, exp.StddevPop, exp.RegrSlope,
    exp.RowNumber, exp.Lead, exp.Lag, exp.Unnest, exp.GenerateSeries,
)  # fmt: skip
NEVER: dict[type[exp.Expr], str] = {
    exp.Lambda: "a lambda: count with `case` or `cast(… as integer)`",
    exp.Array: "a list: write a column each",
    exp.Struct: "a struct: write a column each",
    exp.Limit: "limit: which rows it keeps isn't fixed",
    exp.Mod: "%: the sign of the rest may differ",
    exp.IntDiv: "//: write floor(a / b)",
}
WHOLE = (*exp.DataType.INTEGER_TYPES, exp.DataType.Type.BOOLEAN)
ROUNDED = (exp.Round, exp.Ceil, exp.Floor)
TEXTS_READ_AS = ("double", "date", "timestamp", "timestampntz", "timestamptz", "bigint")


def problems(query: str, schema: Schema) -> list[str]:
    """What in a query isn't known to mean the same on both engines, in reading order."""
    try:
        parsed = sqlglot.parse_one(query, read="duckdb")
        found = [_is_join(join) for join in parsed.find_all(exp.Join)]
        found += [_is_star(star) for star in parsed.find_all(exp.Star)]
        qualified = qualify(parsed, schema=_as_dict(schema), dialect="duckdb")
        tree = annotate_types(qualified, schema=_as_dict(schema), dialect="duckdb")
    except SqlglotError as error:
        return [f"can't be read: {error}"]
    return [problem for problem in [*found, *_of_nodes(tree)] if problem]


def _as_dict(schema: Schema) -> dict[str, Any]:
    return {name: {**tables} for name, tables in schema.items()}


def _of_nodes(tree: exp.Expr) -> Iterator[str | None]:
    for node in tree.walk(bfs=False):
        kind = type(node)
        if kind in NEVER:
            yield NEVER[kind]
        elif isinstance(node, exp.Func) and kind not in SAFE:
            yield f"{_told(node)}: not tried on both engines"
        elif kind in FORMS and (wanted := FORMS[kind](node)):
            yield f"{_told(node)}: {wanted}"


def _told(node: exp.Expr) -> str:
    text = node.sql("duckdb").replace("\n", " ").replace('"', "").lower()
    return text if len(text) <= 70 else f"{text[:69]}…"


def _is_join(join: exp.Join) -> str | None:
    if join.method or join.args.get("using"):
        return "an asof, positional or using join: write `on`, and row_number() for the nearest"
    return None


def _is_star(star: exp.Star) -> str | None:
    return "rename: write `column as name`" if star.args.get("rename") else None


def _division(node: Any) -> str | None:
    """A denominator that can't be zero: Spark stops where DuckDB gives infinity."""
    below = node.expression.unnest()
    number = below.this if isinstance(below, exp.Cast) else below
    is_number = isinstance(number, exp.Literal) and not number.is_string and float(number.name) != 0
    return None if is_number or isinstance(below, exp.Nullif) else "write nullif(…, 0) below it"


def _cast(node: Any) -> str | None:
    value = node.this.unnest()
    if node.to.this in exp.DataType.INTEGER_TYPES and not isinstance(value, ROUNDED):
        return None if _type(value) in WHOLE else "write round, floor or ceil before the cast"
    if node.to.is_type("timestamptz"):
        return "only try_cast reads a text with its offset"
    return None


def _try_cast(node: Any) -> str | None:
    value = node.this.unnest()
    if not node.to.is_type(*TEXTS_READ_AS):
        return "try_cast only to double, date, timestamp, timestamptz or bigint"
    if node.to.is_type("bigint"):
        is_split = isinstance(value, exp.SplitPart)
        return None if is_split else "'1.0' is NULL in Spark: write split_part(…, '.', 1)"
    is_text = _type(value) in (*exp.DataType.TEXT_TYPES, exp.DataType.Type.UNKNOWN)
    return None if is_text else "try_cast is for texts; cast the rest"


def _difference(node: Any) -> str | None:
    if node.unit and node.unit.name.lower() != "day":
        return "months and years are cut differently: write 12 * year + month"
    dates = [_type(each.unnest()) for each in (node.this, node.expression)]
    is_safe = dates == [exp.DataType.Type.DATE] * 2
    return None if is_safe else "cast both moments as dates: Spark counts whole 24 hours"


def _truncation(node: Any) -> str | None:
    is_tried = node.unit.name.lower() in ("month", "quarter")
    return None if is_tried else "only months and quarters are tried on both engines"


def _series(node: Any) -> str | None:
    """A series that can't run backwards; `where` then leaves out what an empty one would have."""
    is_safe = bool(node.args["start"].find(exp.Least) or node.args["end"].find(exp.Greatest))
    is_filtered = bool(node.find_ancestor(exp.Select).args.get("where"))
    wanted = "an empty one runs backwards in Spark: write least/greatest at an end, and `where`"
    return None if is_safe and is_filtered else wanted


def _slope(node: Any) -> str | None:
    """A slope over at least two different values of x."""
    branch = node.find_ancestor(exp.If)
    sizes = (branch.this.this, branch.this.expression) if branch and branch.this.args else ()
    is_safe = [type(each) for each in sizes] == [exp.Max, exp.Min]
    return None if is_safe else "write `case when max(x) > min(x)` around it: NaN or NULL without"


def _pattern(node: Any) -> str | None:
    """Patterns without classes that Java and RE2 read differently."""
    has_class = "\\" in node.expression.name or not isinstance(node.expression, exp.Literal)
    return "write [0-9] and the like for classes of characters" if has_class else None


def _type(node: exp.Expr) -> Any:
    return node.type.this if node.type is not None else None


FORMS: dict[type[exp.Expr], Callable[[Any], str | None]] = {
    exp.Div: _division,
    exp.Cast: _cast,
    exp.TryCast: _try_cast,
    exp.DateDiff: _difference,
    exp.TimestampTrunc: _truncation,
    exp.DateTrunc: _truncation,
    exp.GenerateSeries: _series,
    exp.RegrSlope: _slope,
    exp.RegexpFullMatch: _pattern,
}
