"""The pages read the state of a result from its status, never from the wording of a reason."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.core.status import STATUSES, words

DASHBOARDS = Path(__file__).resolve().parents[2] / "dashboards"
FILES = sorted(DASHBOARDS.rglob("*.py"))
READING = {
    "startswith", "endswith", "starts_with", "ends_with", "contains", "find", "index", "match",
    "search", "fullmatch", "count",
}  # fmt: skip
"""Methods and functions that ask what a text says."""


def is_reason(node: ast.AST) -> bool:
    """Whether an expression is a reason, or made of one: a name, an attribute, a key, a column."""
    for each in ast.walk(node):
        name = each.id if isinstance(each, ast.Name) else None
        name = each.attr if isinstance(each, ast.Attribute) else name
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            name = each.value
        if name in ("reason", "reasons", "why_not", "why"):
            return True
    return False


def readings(source: str) -> Iterator[int]:
    """Yield the lines on which a reason is searched, compared or split by what it says."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            asks = node.func.attr in READING
            if asks and (is_reason(node.func.value) or any(map(is_reason, node.args))):
                yield node.lineno
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            is_text = any(isinstance(s, ast.Constant) and isinstance(s.value, str) for s in sides)
            asked = [s for s in sides if not isinstance(s, ast.Constant)]
            within = any(isinstance(op, ast.In | ast.NotIn) for op in node.ops)
            if (within and is_reason(node.comparators[-1])) or (
                is_text and any(_is_a_reason(side) for side in asked)
            ):
                yield node.lineno


def _is_a_reason(node: ast.AST) -> bool:
    if isinstance(node, ast.Subscript):
        return isinstance(node.slice, ast.Constant) and node.slice.value == "reason"
    return isinstance(node, ast.Attribute | ast.Name) and is_reason(node)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(DASHBOARDS).as_posix())
def test_no_page_reads_the_wording_of_a_reason(file: Path) -> None:
    found = list(readings(file.read_text("utf-8")))
    assert not found, f"{file.relative_to(DASHBOARDS)}: lines {found}"


@pytest.mark.parametrize(
    "bad",
    [
        'row["reason"].startswith("hidden")',
        "self.reason.startswith(HIDDEN)",
        'pl.col("reason").str.starts_with("hidden")',
        '"no data" in reason',
        'e.reason != "no data"',
        'why_not.find("no data")',
        're.match("hidden", row["reason"])',
    ],
)
def test_the_test_would_find_a_reading(bad: str) -> None:
    assert list(readings(bad)) == [1]


@pytest.mark.parametrize(
    "good", ['row["reason"] or words(status)', "e.status != NO_DATA", 'row["check"] == "e_value"']
)
def test_the_test_lets_others_pass(good: str) -> None:
    assert not list(readings(good))


def test_no_template_or_script_asks_for_a_reason() -> None:
    for file in (*DASHBOARDS.rglob("*.j2"), *(DASHBOARDS / "static").glob("*.js")):
        text = file.read_text("utf-8")
        for word in map(words, STATUSES[1:]):
            assert f'"{word}"' not in text, f"{file.name} compares with {word}"
