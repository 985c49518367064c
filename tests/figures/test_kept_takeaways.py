"""PDF and pictures stand while what the summary shows stands, and are made anew where it moved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from dashboards import exports
from dashboards.build import SUMMARY, write_summary
from dashboards.data import SiteData, Takeaways
from dashboards.kept_pages import PageKeeper
from dashboards.sentences.data_status import number_and_day
from dashboards.vendor import Bundle
from tests.figures.worlds import clear_difference

BUNDLE = Bundle("plotly", None, "notices")
FILES = ("summary.pdf", "slides/summary.png")


def another_night(data: SiteData) -> SiteData:
    """A night later, and a day's files: the number, the moment, the counts and the people."""
    assert data.cut.counts_until is not None
    reached = data.cut.counts_until + timedelta(days=1)
    came = {"cause": "file", "source": "shifts", "file": f"shifts_{reached}.csv", "n_rows": 99}
    return replace(
        data,
        publication=(data.publication or 1) + 1,
        published_at=data.published_at + timedelta(days=1),
        cut=replace(data.cut, counts_until=reached),
        headcount=replace(data.headcount, n_employed=977),
        changes=0,
        data_change=pl.DataFrame([came], schema=data.data_change.schema),
    )


def moved(data: SiteData) -> SiteData:
    by_a_bit = data.comparison.with_columns(pl.col("estimate") * 1.5)
    return replace(another_night(data), comparison=by_a_bit)


def warned(data: SiteData) -> SiteData:
    late = data.freshness.with_columns(is_on_time=pl.col("source") != "roster")
    return replace(another_night(data), freshness=late)


def long_ago(data: SiteData) -> SiteData:
    """Nothing came for long; the world's ages follow from the day of the publication."""
    return replace(data, published_at=data.published_at + timedelta(days=600))


@pytest.fixture
def nights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[bytes]]:
    """Publish each night's data after the other; what the PDF holds after each."""

    def only_the_summary(
        data: SiteData, out: Path, bundle: Bundle, keeper: PageKeeper
    ) -> list[Path]:
        out.mkdir()
        return [write_summary(data, out, bundle, keeper)]

    def fake_browser(site: Path, _path: str | None) -> Takeaways:
        (site / "slides").mkdir()
        for name in FILES:
            (site / name).write_bytes(site.name.encode())
        return Takeaways(files=FILES)

    monkeypatch.setattr(exports, "build_site", only_the_summary)
    monkeypatch.setattr(exports, "make_takeaways", fake_browser)

    def publish(
        *publications: SiteData, meanwhile: Callable[[Path], None] | None = None
    ) -> list[bytes]:
        keeper, found = PageKeeper(), []
        for number, data in enumerate(publications):
            out = tmp_path / f"night {number}"
            files = exports.build_complete_site(data, out, BUNDLE, lambda: "browser", keeper)
            assert {*files} == {out / SUMMARY, *(out / name for name in FILES)}
            keeper = PageKeeper(out, keeper.drawn_from)
            found.append((out / FILES[0]).read_bytes())
            if meanwhile:
                meanwhile(out)
        return found

    return publish


def test_they_stand_on_a_night_that_moves_counts_alone_and_say_of_when_they_are(
    nights: Callable[..., list[bytes]], tmp_path: Path
) -> None:
    first = clear_difference()
    second = another_night(first)
    assert nights(first, second, another_night(second)) == [b"night 0"] * 3
    page = (tmp_path / "night 2" / SUMMARY).read_text("utf-8")
    stamp = number_and_day(first)
    assert f"PDF and pictures are of p{stamp[1:]}; " in page
    assert "PDF and pictures are of" not in (tmp_path / "night 0" / SUMMARY).read_text("utf-8")


@pytest.mark.parametrize("change", [moved, warned, long_ago])
def test_they_are_made_anew_where_a_figure_moved_or_a_warning_came(
    nights: Callable[..., list[bytes]], tmp_path: Path, change: Callable[[SiteData], SiteData]
) -> None:
    first = clear_difference()
    assert nights(first, change(first)) == [b"night 0", b"night 1"]
    assert "PDF and pictures are of" not in (tmp_path / "night 1" / SUMMARY).read_text("utf-8")


def test_a_file_that_somebody_changed_is_made_anew(nights: Callable[..., list[bytes]]) -> None:
    def spoil(out: Path) -> None:
        (out / FILES[1]).write_bytes(b"else")

    first = clear_difference()
    assert nights(first, another_night(first), meanwhile=spoil) == [b"night 0", b"night 1"]
