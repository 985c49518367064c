"""Rules of the house that import-linter can't see."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
LAYERS = ("pipelines", "dashboards", "assets")
MAX_FILE_LINES = 400
CREATED = {".venv", "node_modules", "vendor", "workspace", "__pycache__"}
MAX_FUNCTION_LINES = 60
MAX_ASSET_STATEMENTS = 12


def tracked_files() -> list[Path]:
    """What git tracks; in a copy without git, everything but what the commands create."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        return [file for file in PROJECT.rglob("*") if not CREATED & set(file.parts)]
    return [PROJECT / name for name in listed.stdout.split("\0") if name]


def python_files(*folders: str) -> list[Path]:
    return [file for folder in folders for file in sorted((PROJECT / folder).rglob("*.py"))]


@cache
def parsed(file: Path) -> ast.Module:
    return ast.parse(file.read_text())


def functions(within: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function, however deep; no expression is looked into, for none has one."""
    for node in ast.iter_child_nodes(within):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
        if isinstance(node, ast.stmt | ast.ExceptHandler | ast.match_case):
            yield from functions(node)


def test_no_index_address_and_no_machine_path_is_committed() -> None:
    patterns = [
        re.compile(rb"--(extra-)?index-url"),
        re.compile(rb'"resolved": *"http'),
        re.compile(rb"(?<![\w.~-])/(home|root|Users)/[a-z]"),
    ]
    own = Path(__file__).resolve()
    for file in tracked_files():
        if file == own or not file.is_file() or file.suffix == ".png":
            continue
        content = file.read_bytes()
        for pattern in patterns:
            assert not pattern.search(content), f"{file.relative_to(PROJECT)}: {pattern.pattern!r}"


def test_every_locked_package_has_hashes() -> None:
    lock = (PROJECT / "requirements.lock").read_text()
    pinned = re.findall(r"^([a-z0-9_.\[\]-]+)==", lock, flags=re.MULTILINE)
    blocks = re.split(r"^(?=[a-z0-9_.\[\]-]+==)", lock, flags=re.MULTILINE)[1:]
    assert len(pinned) == len(blocks) > 50
    assert all("--hash=sha256:" in block for block in blocks)


def test_only_the_workspace_builds_workspace_paths() -> None:
    """Folder names of the workspace stand as text in workspace.py and nowhere else."""
    names = {"landing", "private", "published", "warehouse.duckdb", "pseudonym.key", "quarantine"}
    for file in python_files("pipelines", "assets"):
        text = file.read_text()
        if file.name == "workspace.py" or not any(f'"{name}"' in text for name in names):
            continue
        for node in ast.walk(parsed(file)):
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
                part = node.right.value if isinstance(node.right, ast.Constant) else None
                assert part not in names, f"{file.relative_to(PROJECT)}:{node.lineno} builds {part}"


def test_files_have_one_subject() -> None:
    for file in python_files(*LAYERS):
        n_lines = len(file.read_text().splitlines())
        assert n_lines <= MAX_FILE_LINES, f"{file.relative_to(PROJECT)} has {n_lines} lines"


def test_functions_do_one_thing() -> None:
    long = [
        f"{file.relative_to(PROJECT)}:{node.lineno} {node.name}"
        for file in python_files(*LAYERS, "tests", "bench")
        for node in functions(parsed(file))
        if (node.end_lineno or 0) - node.lineno + 1 > MAX_FUNCTION_LINES
    ]
    assert long == []


def test_no_module_lies_directly_under_pipelines() -> None:
    assert [each.name for each in (PROJECT / "pipelines").glob("*.py")] == ["__init__.py"]


def test_asset_bodies_read_call_and_return() -> None:
    for file in python_files("assets"):
        for node in functions(parsed(file)):
            if any(argument.arg == "refresh" for argument in node.args.args):
                n_statements = sum(isinstance(each, ast.stmt) for each in ast.walk(node)) - 1
                assert n_statements <= MAX_ASSET_STATEMENTS, f"{file.name}: {node.name}"


def test_the_map_in_the_readme_names_what_exists() -> None:
    readme = (PROJECT / "README.md").read_text()
    rows = [line for line in readme.splitlines() if line.startswith("| `")]
    assert rows
    for row in rows:
        first_cell = row.split("|")[1]
        folder = ""
        for name in re.findall(r"`([^`]+)`", first_cell):
            path = name if "/" in name else folder + name
            folder = path.rpartition("/")[0] + "/" if "/" in path else folder
            assert (PROJECT / path).exists(), f"README's map names {path}"


def test_each_step_of_the_walk_is_there_and_says_what_comes_in_and_what_goes_out() -> None:
    steps = re.findall(r"^\| \d+ \| (.+?) \|", (PROJECT / "docs/walk.md").read_text(), re.MULTILINE)
    assert len(steps) > 15
    for step in steps:
        first, *others = (Path(each) for each in re.findall(r"`([^`]+)`", step))
        folders = [first.parent, *first.parent.parents]
        for each in others:
            places = [folder / each for folder in folders] + list(
                (PROJECT / "pipelines/estimators").glob(str(each))
            )
            assert any((PROJECT / place).is_file() for place in places), each
        head = (PROJECT / first).read_text("utf-8").splitlines()[0]
        is_told = head.startswith('"""From ') and " to " in head
        assert is_told or (first.suffix == ".sql" and ": one row per " in head), first
