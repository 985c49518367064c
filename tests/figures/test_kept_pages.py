"""Kept pages: a publication's pages held against the same pages drawn from nothing."""

from __future__ import annotations

import datetime as dt
from dataclasses import fields, replace
from pathlib import Path

import polars as pl

from dashboards.build import build_site
from dashboards.data import SiteData
from dashboards.kept_pages import PageKeeper
from dashboards.number_format import Notation
from dashboards.vendor import Bundle
from tests.figures.worlds import clear_difference

BUNDLE = Bundle("/* charts */", None, "notices")


def first_night(folder: Path) -> tuple[SiteData, PageKeeper]:
    data = replace(clear_difference(), publication=1, notation=Notation(" ", ","))
    keeper = PageKeeper()
    build_site(data, folder / "first", BUNDLE, keeper)
    assert keeper.kept == []
    return data, PageKeeper(folder / "first", keeper.drawn_from)


def kept_like_drawn(folder: Path, data: SiteData, keeper: PageKeeper) -> list[str]:
    """The pages that were kept; every page must be as it is drawn from nothing."""
    ours = build_site(data, folder / "kept", BUNDLE, keeper)
    drawn = build_site(data, folder / "drawn", BUNDLE)
    assert [each.name for each in ours] == [each.name for each in drawn]
    unlike = [a.name for a, b in zip(ours, drawn, strict=True) if a.read_bytes() != b.read_bytes()]
    assert unlike == []
    return keeper.kept


def test_only_what_tells_of_the_night_is_drawn_on_a_night_without_news(tmp_path: Path) -> None:
    data, keeper = first_night(tmp_path)
    a_day = dt.timedelta(days=1)
    cut = replace(data.cut, data_age_days=(data.cut.data_age_days or 0) + 1)
    older = data.freshness.with_columns(pl.col("age_days") + 1)
    tonight = replace(
        data, publication=1234, published_at=data.published_at + a_day, cut=cut, freshness=older
    )
    kept = kept_like_drawn(tmp_path, tonight, keeper)
    assert {"retention.html", "method.html", "digest.txt", "assets/parts.js"} <= {*kept}
    assert not {"outcomes.html", "quality.html"} & {*kept}


def test_a_day_more_of_data_moves_a_line_of_every_page_and_no_comparison(tmp_path: Path) -> None:
    data = clear_difference()
    until = data.data_until or dt.date(2026, 6, 30)
    cut = replace(data.cut, counts_until=until, comparison_until=until)
    data = replace(data, publication=1, notation=Notation(" ", ","), cut=cut)
    first = PageKeeper()
    build_site(data, tmp_path / "first", BUNDLE, first)
    keeper = PageKeeper(tmp_path / "first", first.drawn_from)
    tonight = replace(
        data, publication=2, cut=replace(cut, counts_until=until + dt.timedelta(days=1))
    )
    kept = kept_like_drawn(tmp_path, tonight, keeper)
    assert {"retention.html", "method.html", "your-data.html", "digest.txt", "digest.html"} <= {
        *kept
    }
    assert "outcomes.html" not in kept  # its strip says the day once more


def test_a_page_is_drawn_anew_where_what_it_reads_moved(tmp_path: Path) -> None:
    data, keeper = first_night(tmp_path)
    tonight = replace(data, retention_curve=data.retention_curve.head(-1), min_coaches=4)
    kept = kept_like_drawn(tmp_path, tonight, keeper)
    assert "retention.html" not in kept
    assert "definitions.html" in kept


def test_a_page_is_drawn_anew_where_the_standing_one_isnt_what_was_written(tmp_path: Path) -> None:
    data, keeper = first_night(tmp_path)
    page = tmp_path / "first/claims.html"
    page.write_text(page.read_text("utf-8") + " ", "utf-8")
    assert "claims.html" not in kept_like_drawn(tmp_path, data, keeper)


def test_what_is_noted_of_a_page_is_whatever_it_read(tmp_path: Path) -> None:
    _, keeper = first_night(tmp_path)
    known = {each.name for each in fields(SiteData)}
    for page, noted in keeper.noted.items():
        assert {each.partition(".")[0].partition(" ")[0] for each in noted.parts} <= {
            *known,
            "is_ahead",
        }, page
    assert "claim" in keeper.noted["claims.html"].parts
    assert "claim" not in keeper.noted["absence.html"].parts
