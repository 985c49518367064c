"""Numbers as an organisation writes them, its own labels and its own currency on every page."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from dashboards.build import build_site
from dashboards.data import SiteData
from dashboards.number_format import Notation, localised, localised_values, written_in
from pipelines.config.settings import parse_settings
from pipelines.core.errors import SettingsError
from tests.figures.practice_worlds import OTHER_ARMS, other_labels, practised
from tests.figures.visible_text import visible_text
from tests.figures.workforce_worlds import WORTH_SCHEMA

GERMAN = Notation(".", ",")
SWISS = Notation("'", ".")
THIN = Notation(" ", ",")
NOT_OURS = {"claims.html", "definitions.html", "method.html", "your-data.html"}
"""Pages that quote claims, definitions and the method, which use the field's own words."""


@pytest.mark.parametrize(
    ("notation", "text", "expected"),
    [
        (GERMAN, "1,240 people (0.3 to 12,345.6)", "1.240 people (0,3 to 12.345,6)"),
        (SWISS, "1,240 people and 5.2%.", "1'240 people and 5.2%."),
        (THIN, "1,234,567.8 of 20", "1\u202f234\u202f567,8 of 20"),
        (GERMAN, "It is 4.1. Then 2,000.", "It is 4,1. Then 2.000."),
        (GERMAN, "version 4.1.1, a1.5.csv, 1.5px", "version 4.1.1, a1.5.csv, 1.5px"),
        (GERMAN, "data:text/csv,1.5", "data:text/csv,1.5"),
        (Notation(), "1,240.5", "1,240.5"),
    ],
)  # fmt: skip
def test_numbers_are_rewritten_and_nothing_else(
    notation: Notation, text: str, expected: str
) -> None:
    with written_in(notation):
        assert localised(text) == expected
    assert localised(text) == text


def test_values_that_are_looked_up_stay() -> None:
    with written_in(GERMAN):
        told = localised_values({"dimensions": [["Hall 1.5", "x"]], "cells": ["1,000", 2.5, None]})
    assert told == {"dimensions": [["Hall 1.5", "x"]], "cells": ["1.000", 2.5, None]}


def pages(data: SiteData, folder: Path) -> dict[str, str]:
    build_site(data, folder)
    return {page.name: page.read_text("utf-8") for page in folder.glob("*.html")}


def test_every_page_follows_the_notation_and_downloads_stay(tmp_path: Path) -> None:
    plain = pages(practised(), tmp_path / "plain")
    german = pages(replace(practised(), notation=GERMAN), tmp_path / "german")
    n_rewritten = 0
    for name, page in german.items():
        if name in NOT_OURS:
            continue
        told = visible_text(page)
        assert not re.search(r"(?<![\w.,/])\d{1,3}(,\d{3})+(?![\w,])", told), name
        n_rewritten += told != visible_text(plain[name])
        assert re.findall(r'href="(data:[^"]+)"', page) == re.findall(
            r'href="(data:[^"]+)"', plain[name]
        )
        if 'id="figures">' in page:
            json.loads(page.split('id="figures">')[1].split("</script>")[0])
    assert n_rewritten >= 8
    queries = re.findall(r"<pre><code>.*?</code></pre>", german["definitions.html"], re.DOTALL)
    assert queries == re.findall(
        r"<pre><code>.*?</code></pre>", plain["definitions.html"], re.DOTALL
    )


def test_no_page_speaks_of_labels_that_are_not_the_organisations(tmp_path: Path) -> None:
    for name, page in pages(other_labels(), tmp_path).items():
        if name in NOT_OURS:
            continue
        told = visible_text(page)
        for label in OTHER_ARMS:
            assert label.lower() in told.lower() or name == "digest.html", name
        left = re.sub(r"compassion (satisfaction|fatigue)", "", told, flags=re.IGNORECASE)
        assert "compassion" not in left.lower(), name
        assert not re.search(r"\bcompliance\b", left, re.IGNORECASE), name


def test_money_is_in_the_organisations_currency(tmp_path: Path) -> None:
    row = {"quantity": "money_per_100_people", "horizon_days": 365,
           "reading": "Per 100 people that is 12,340 CHF"}  # fmt: skip
    worth = pl.DataFrame([row], schema=WORTH_SCHEMA)
    page = pages(replace(practised(), worth=worth, notation=SWISS), tmp_path)["parts.html"]
    assert "12'340 CHF" in visible_text(page)
    assert "USD" not in page


def test_settings_take_two_different_signs() -> None:
    assert parse_settings({}).display.thousands == ","
    assert parse_settings({"display": {"thousands": ".", "decimal": ","}}).display.decimal == ","
    with pytest.raises(SettingsError, match="two different signs"):
        parse_settings({"display": {"thousands": ".", "decimal": "."}})
    with pytest.raises(SettingsError, match=r"display\.thousands"):
        parse_settings({"display": {"thousands": "x"}})
