"""`dashboards/` draws and words; what is computed stands in a table that `pipelines/` wrote.

A page may count the rows it lists, pick the largest of shown values and name a limit that somebody
set. It may not make a number out of figures, hold a figure against a limit, or reckon with dates.
Three kinds of file may do arithmetic, each for one purpose, and these are checked by their tests:
figures (geometry), formats (how a number is written) and records (the unit on screen).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import jinja2
import pytest
from jinja2 import nodes

from dashboards.data import SiteData
from dashboards.frames import FRAMES, empty
from pipelines.config.settings import Privacy
from pipelines.contracts.tables import table_of

DASHBOARDS = Path(__file__).resolve().parents[2] / "dashboards"
FORMATS = {"formats.py", "number_format.py"}
RECORDS = {"data.py", "estimates.py", "outcome_display.py"}
"""Records of released rows: they turn units, add the two arms' counts and read the calendar."""
WITHOUT_FIGURES = {
    "browser.py", "build.py", "exports.py", "kept_takeaways.py", "layout.py", "method_text.py",
    "screenshots.py", "theme.py", "vendor.py",
}  # fmt: skip
"""Files that write, package or photograph pages and see no figure."""
EXEMPT = FORMATS | RECORDS | WITHOUT_FIGURES
FILES = [
    file
    for file in sorted(DASHBOARDS.rglob("*.py"))
    if file.name not in EXEMPT and file.parent.name != "figures"
]
ARITHMETIC = (ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow)
ORDER = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
COMPUTING = {"abs", "round", "divmod", "pow", "timedelta", "fsum", "mean"}
MODULES = {"math", "statistics", "numpy", "scipy", "datetime.timedelta"}
FRAME_ARITHMETIC = {
    "sum",
    "mean",
    "median",
    "std",
    "cum_sum",
    "group_by",
    "agg",
    "over",
    "quantile",
}
"""Methods of frames that compute."""
LIMITS = set(Privacy.model_fields)


def computes(source: str) -> Iterator[str]:
    """Yield each line that computes, with what does."""
    for node in ast.walk(ast.parse(source)):
        found = _of_node(node)
        if found:
            yield f"line {getattr(node, 'lineno', 0)}: {found}"


def _of_node(node: ast.AST) -> str:
    if isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ARITHMETIC):
        sides = (
            (node.left, node.right) if isinstance(node, ast.BinOp) else (node.target, node.value)
        )
        is_worded = {ast.Sub: is_count, ast.Mult: is_limit}.get(type(node.op), lambda _: False)
        return "" if all(map(is_worded, sides)) else "arithmetic"
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return "a sum" if any(map(is_column, (node.left, node.right))) else ""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return "" if isinstance(node.operand, ast.Constant) else "a sign"
    if isinstance(node, ast.Compare) and any(isinstance(op, ORDER) for op in node.ops):
        sides = (node.left, *node.comparators)
        return "" if all(map(is_count, sides)) else "an order"
    if isinstance(node, ast.Import | ast.ImportFrom):
        module = node.module if isinstance(node, ast.ImportFrom) else ""
        names = {module or "", *(f"{module}.{each.name}".lstrip(".") for each in node.names)}
        return "a module that computes" if names & MODULES else ""
    return _of_call(node) if isinstance(node, ast.Call) else ""


def _of_call(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr if node.func.attr in FRAME_ARITHMETIC else ""
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    if name == "sum":
        return "" if node.args and _is_counting(node.args[0]) else "a sum of values"
    return name if name in COMPUTING else ""


def is_count(node: ast.expr) -> bool:
    """Whether an operand counts what is listed, or is a limit or a set: no figure of a table."""
    if isinstance(node, ast.BinOp):
        return is_count(node.left) and is_count(node.right)
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id in ("len", "set")
    if isinstance(node, ast.Constant):
        return isinstance(node.value, int)
    if isinstance(node, ast.Set):
        return True
    name = node.id if isinstance(node, ast.Name) else ""
    name = node.attr if isinstance(node, ast.Attribute) else name
    return name == "n" or name.startswith("n_") or name.isupper() or name in LIMITS or name in SETS


SETS = {"kinds", "offered"}
"""Names of sets: <= asks whether one holds another."""


def is_limit(node: ast.expr) -> bool:
    """Whether an operand is a plain number or a limit that somebody set."""
    is_set = isinstance(node, ast.Attribute) and node.attr in LIMITS
    return is_set or isinstance(node, ast.Constant)


def is_column(node: ast.expr) -> bool:
    """Whether an operand is a value of a row: ``row["n_people"]``, ``e.n_people_a``."""
    if isinstance(node, ast.Subscript):
        return isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str)
    return isinstance(node, ast.Attribute) and node.attr.startswith(("n_", "value", "estimate"))


def _is_counting(node: ast.expr) -> bool:
    """Whether a sum counts: its elements are comparisons or ask whether something is so."""
    if not isinstance(node, ast.GeneratorExp):
        return False
    told = node.elt.values if isinstance(node.elt, ast.BoolOp) else [node.elt]
    return any(isinstance(each, ast.Compare) for each in told) or all(
        isinstance(each, ast.Attribute) and each.attr.startswith(("is_", "has_")) for each in told
    )


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(DASHBOARDS).as_posix())
def test_no_page_computes(file: Path) -> None:
    found = list(computes(file.read_text("utf-8")))
    assert not found, f"{file.relative_to(DASHBOARDS)}: {'; '.join(found)}"


@pytest.mark.parametrize(
    "bad",
    [
        'ratio = row["clustered_std_error"] / row["std_error"]',
        'n_coaches = sum(row["n_coaches"] for row in bands)',
        "by = until + timedelta(days=e.horizon_days)",
        "is_clear = low > 0 or high < 0",
        "if p_value < BEYOND_CHANCE: pass",
        "more = math.ceil(n * MORE); import math",
        'gap = a["value"] - b["value"]',
        "n = e.n_people_a + e.n_people_b",
        'frame.group_by("arm").agg(pl.col("x"))',
        "share = n_left / n_people",
        "share = 100 * row['value']",
        "x = -e.estimate",
        "size = abs(x)",
    ],
)
def test_the_test_would_find_it(bad: str) -> None:
    assert list(computes(bad))


@pytest.mark.parametrize(
    "good",
    [
        "more = len(names) - MOST",
        'n = sum(row["status"] == "late" for row in rows)',
        "if len(found) > 1: pass",
        'text = head + ", " + told',
        "n = sum(each.is_below for each in clear)",
        "if data.grid_confidential > data.grid: pass",
        "first = rows[0]",
    ],
)
def test_the_test_lets_words_pass(good: str) -> None:
    assert not list(computes(good))


def test_exempt_files_exist() -> None:
    names = {file.name for file in DASHBOARDS.rglob("*.py")}
    assert names >= EXEMPT


@pytest.mark.parametrize("file", sorted(DASHBOARDS.rglob("*.j2")), ids=lambda file: file.name)
def test_no_template_computes(file: Path) -> None:
    tree = jinja2.Environment(extensions=["jinja2.ext.do"]).parse(file.read_text("utf-8"))
    kinds = (nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Pow)
    found = [node.lineno for kind in kinds for node in tree.find_all(kind)]
    assert not found, f"{file.name}: lines {found}"


LONGEST_TEXT = 160
"""Characters of fixed text from which on it is prose and stands in a template."""


def test_fixed_prose_stands_in_templates() -> None:
    for file in DASHBOARDS.rglob("*.py"):
        if file.name in WITHOUT_FIGURES:
            continue
        tree = ast.parse(file.read_text("utf-8"))
        docstrings = {
            id(node.value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                is_prose = len(node.value) > LONGEST_TEXT and id(node) not in docstrings
                assert not is_prose, f"{file.name}:{node.lineno}: {len(node.value)} characters"


def test_every_frame_has_a_contract() -> None:
    frames = {each.name for each in fields(SiteData) if each.type == "pl.DataFrame"}
    assert frames == set(FRAMES)
    for name, table in FRAMES.items():
        assert empty(name)().columns == [each.name for each in table_of(table).columns]


def test_no_page_asks_whether_a_column_is_there() -> None:
    """One place asks: `dashboards.frames`. Elsewhere a missing column is an error that names it."""
    for file in DASHBOARDS.rglob("*.py"):
        if file.name == "frames.py":
            continue
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Compare) and any(
                isinstance(op, ast.In | ast.NotIn) for op in node.ops
            ):
                asked = [n for n in node.comparators if getattr(n, "attr", "") == "columns"]
                assert not asked, f"{file.name}:{node.lineno} asks for a column"
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                is_row = isinstance(node.func.value, ast.Name) and node.func.value.id in (
                    "row",
                    "r",
                )
                assert not (is_row and node.func.attr == "get"), f"{file.name}:{node.lineno}"
