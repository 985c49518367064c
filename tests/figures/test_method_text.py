"""The method's text on its page is that of the docs, whole and on its own."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest

from bench.known_truth_page import STILL_WRONG, headline_rows
from dashboards.method_text import METHOD_FILE, method_text
from pipelines.contracts.credibility_rules import load_credibility_rules


def test_every_heading_and_every_table_of_the_docs_is_there() -> None:
    source, text = METHOD_FILE.read_text("utf-8"), method_text()
    assert source.startswith(f"# {text.title}\n")
    headings = re.findall(r"^## (.+)$", source, re.MULTILINE)
    assert [heading for _, heading in text.sections] == headings
    anchors = re.findall(r'<h[23] id="([^"]+)"', text.html)
    assert len(anchors) == len(set(anchors))
    assert {anchor for anchor, _ in text.sections} <= set(anchors)
    n_tables = len(re.findall(r"^\|[ :|-]+\|$", source, re.MULTILINE))
    assert n_tables > 0
    assert text.html.count("<table>") == text.html.count('<div class="scroll"') == n_tables


def test_no_link_leaves_the_page_and_no_markup_comes_in(tmp_path: Path) -> None:
    page = tmp_path / "method.md"
    page.write_text(
        "# Title\n\nSee [the docs](other.md) and <https://example.org>.\n\n<b onclick=x>no</b>\n"
    )
    html = method_text(page).html
    assert "href" not in html
    assert "the docs" in html
    assert "<b" not in html


def test_a_text_without_a_title_is_refused(tmp_path: Path) -> None:
    page = tmp_path / "method.md"
    page.write_text("Only a paragraph.\n")
    with pytest.raises(ValueError, match="title"):
        method_text(page)


def test_the_limits_of_credibility_are_those_of_the_contract() -> None:
    text = METHOD_FILE.read_text("utf-8")
    for rule in load_credibility_rules().values():
        (line,) = [each for each in text.splitlines() if each.startswith(f"| {rule.label} |")]
        cells = [cell.strip() for cell in line.strip("| ").split("|")]
        assert cells[1] == " ".join(rule.why.split())
        side = "over" if rule.beyond == "above" else "under"
        told = [cell for cell in cells[2:] if cell]
        assert told == [f"{side} {limit:g}" for limit in rule.limits.values()]


def test_the_page_shows_the_worlds_as_the_benchmark_found_them() -> None:
    """The Evidence page is made of method.md, which repeats what docs/known-truth.csv holds."""
    text = METHOD_FILE.read_text("utf-8")
    table = pl.read_csv(METHOD_FILE.parent / "known-truth.csv")
    assert "\n".join(headline_rows(table)) in text
    for each in STILL_WRONG:
        assert f"- {each}" in text
        assert f"- {each}" in (METHOD_FILE.parent / "known-truth.md").read_text("utf-8")
