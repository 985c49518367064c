"""Asking `make where` in tests: its lines, and those of them that name code which is there."""

from __future__ import annotations

import itertools
import re
from functools import cache
from pathlib import Path

from assets.commands import where
from pipelines.core.versions import PROJECT
from pipelines.core.workspace import Workspace

PLACE = re.compile(r"^ *([a-z_]+(?:\.[a-z_0-9]+)+):(\w+(?:\.\w+)*):(\d+)$")
_SEVERAL = re.compile(r" stands in \d+ places ")
SQL_FILE = re.compile(r"^ *(?:landing.*-> )?(sql/(?:\w+/)+\w+\.sql)(?::\w*)?:(\d+)$")


def told(name: str, workspace: Path, page: str = "", *, is_all: bool = False) -> list[str]:
    """What is told of the first place; `places` has the others."""
    lines = list(where.answer(name, Workspace(workspace), page, is_all=is_all))
    return lines[len(_others(lines)) :]


def places(name: str, workspace: Path, page: str = "") -> list[str]:
    """The commands that ask for the other places of words."""
    told_first = _others(list(where.answer(name, Workspace(workspace), page)))
    return [each.strip() for each in told_first if each.startswith("    make where ")]


def _others(lines: list[str]) -> list[str]:
    if not lines or not _SEVERAL.search(lines[0]):
        return []
    rest = itertools.takewhile(lambda line: line.startswith("  "), lines[1:])
    return [lines[0], *rest]


def computing(lines: list[str]) -> list[str]:
    """The lines that name code, each checked against the file that it names."""
    found = []
    for line in lines:
        code, model = PLACE.match(line), SQL_FILE.match(line)
        if code:
            text = _module(code[1])
            name = code[2].split(".")[0]
            assert re.search(rf"^(def|class) {name}\b|^{name}\b.* =", text, re.MULTILINE), line
            assert int(code[3]) <= text.count("\n")
            found.append(line.strip())
        elif model:
            assert (PROJECT / model[1]).is_file(), line
            found.append(line.strip())
    return found


@cache
def _module(name: str) -> str:
    return (PROJECT / f"{name.replace('.', '/')}.py").read_text("utf-8")
