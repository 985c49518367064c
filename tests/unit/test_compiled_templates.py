"""A template is compiled once for the program of now, and anew when it or the program changes."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from jinja2 import DictLoader, Environment

from dashboards import compiled_templates
from dashboards.compiled_templates import CompiledTemplates


def rendered(folder: Path, text: str) -> str:
    cache = CompiledTemplates(folder)
    return (
        Environment(loader=DictLoader({"a": text}), bytecode_cache=cache).get_template("a").render()
    )


def test_what_is_compiled_is_used_again_until_something_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "compiled"
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    assert rendered(folder, "one") == "one"
    (kept,) = folder.iterdir()
    kept.write_bytes(kept.read_bytes().replace(b"one", b"two"))
    assert rendered(folder, "one") == "two", "what is kept is used"
    monkeypatch.setattr(compiled_templates, "code_version", lambda: "another")
    assert rendered(folder, "one") == "one"
    assert rendered(folder, "three") == "three"


def test_where_nothing_can_or_may_be_written_pages_are_made_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    assert rendered(tmp_path / "missing" / "folder", "one") == "one"
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert rendered(tmp_path, "one") == "one"
    assert [*tmp_path.iterdir()] == []
