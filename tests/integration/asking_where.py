"""Asking `make where` in tests: its lines, and those of them that name code which is there."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from assets.commands import where, where_behind
from dashboards.build import build_site
from dashboards.data import SiteData
from pipelines.core.versions import PROJECT
from pipelines.core.workspace import Workspace

PLACE = re.compile(r"^ *([a-z_]+(?:\.[a-z_0-9]+)+):(\w+(?:\.\w+)*):(\d+)$")
_SEVERAL = re.compile(r" stands in \d+ places ")
SQL_FILE = re.compile(r"^ *(?:landing.*-> )?(sql/(?:\w+/)+\w+\.sql)(?::\w*)?:(\d+)$")


_Made = tuple[SiteData, TemporaryDirectory[str]]
_MADE: dict[Callable[[], SiteData], _Made] = {}
"""The sites that were published in this process, which only read tests share."""


@contextmanager
def published(make: Callable[[], SiteData]) -> Iterator[tuple[SiteData, Path]]:
    """A publication of some data, known without a warehouse; the same for all who ask for it."""
    if make not in _MADE:
        folder = TemporaryDirectory(prefix="where")
        _MADE[make] = (make(), folder)
        build_site(_MADE[make][0], Workspace(Path(folder.name)).published_site)
    data, folder = _MADE[make]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(where_behind, "site_data", lambda _: data)
        yield data, Path(folder.name)


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
