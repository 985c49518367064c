"""Builds the static site of one publication; equal data gives equal bytes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from dashboards.data import SiteData
from dashboards.kept_pages import PageKeeper
from dashboards.number_format import localised, written_in
from dashboards.pages.claims import claims_page
from dashboards.pages.coaches import coaches_page
from dashboards.pages.definitions import definitions_page
from dashboards.pages.digest import HTML_PATH, TEXT_PATH, digest_page, digest_text
from dashboards.pages.layout import (
    FONT_PATH,
    NOTICES_PATH,
    PARTS_PATH,
    PLOTLY_PATH,
    SITES_PATH,
    own_files,
)
from dashboards.pages.method import method_page
from dashboards.pages.month_views import sites_script
from dashboards.pages.outcome import absence_page, customers_page, wellbeing_page
from dashboards.pages.overview import overview_page
from dashboards.pages.practice import practice_page
from dashboards.pages.quality import quality_page
from dashboards.pages.retention import retention_page
from dashboards.pages.segment_filters import parts_script
from dashboards.pages.today import today_page
from dashboards.pages.training import training_page
from dashboards.pages.workforce import workforce_page
from dashboards.pages.your_data import your_data_page
from dashboards.theme import font_script
from dashboards.vendor import Bundle, find_bundle

__all__ = ["SiteData", "build_site"]


SUMMARY = "outcomes.html"
PAGE_BUILDERS: dict[str, Callable[[SiteData, str | None], str]] = {
    "index.html": today_page,
    SUMMARY: overview_page,
    "retention.html": retention_page,
    "wellbeing.html": wellbeing_page,
    "absence.html": absence_page,
    "customers.html": customers_page,
    "practice.html": practice_page,
    "coaches.html": coaches_page,
    "training.html": training_page,
    "parts.html": workforce_page,
    "claims.html": claims_page,
    "method.html": method_page,
    "quality.html": quality_page,
    "definitions.html": definitions_page,
    "your-data.html": your_data_page,
}
"""What makes each page, by its file."""
WORDS_BUILDERS: dict[str, Callable[..., str]] = {**PAGE_BUILDERS, HTML_PATH: digest_page}
"""What makes each file with words to read: the pages, and the paragraph for a mail."""


def build_site(
    data: SiteData, out: Path, bundle: Bundle | None = None, keeper: PageKeeper | None = None
) -> list[Path]:
    """Write the site into ``out`` (created if it isn't there) and return the files written.

    ``bundle`` is the third-party part; by default what `dashboards.vendor` finds. ``keeper`` knows
    the standing pages, if some may be kept.
    """
    bundle, keeper = bundle or find_bundle(), keeper or PageKeeper()
    with written_in(data.notation):
        files = _files(data, bundle, keeper)
    return [_write(out / name, text) for name, text in files.items()]


def _files(data: SiteData, bundle: Bundle, keeper: PageKeeper) -> dict[str, str]:
    """Return every file of the site by its path in it."""
    draws: dict[str, Callable[[SiteData], str]] = {
        **{name: partial(_page, name, bundle.font_base64) for name in PAGE_BUILDERS},
        TEXT_PATH: lambda each: localised(digest_text(each)),
        HTML_PATH: lambda each: localised(digest_page(each)),
        PARTS_PATH: lambda each: parts_script(each.comparison, each.segment_estimate),
        SITES_PATH: sites_script,
    }
    pages = {name: keeper.page(name, draw, data, bundle) for name, draw in draws.items()}
    return {**pages, **own_files(), **third_party_files(bundle)}


def _page(name: str, font_base64: str | None, data: SiteData) -> str:
    return PAGE_BUILDERS[name](data, font_base64)


def shared_files(data: SiteData, bundle: Bundle) -> dict[str, str]:
    """Return what the pages load, by its path in the site."""
    parts = {
        PARTS_PATH: parts_script(data.comparison, data.segment_estimate),
        SITES_PATH: sites_script(data),
    }
    return {**parts, **own_files(), **third_party_files(bundle)}


def third_party_files(bundle: Bundle) -> dict[str, str]:
    """Return what the pages load of others' work, by its path in the site."""
    files = {PLOTLY_PATH: bundle.plotly_js, NOTICES_PATH: bundle.notices}
    if bundle.font_base64:
        files[FONT_PATH] = font_script(bundle.font_base64)
    return files


def write_summary(data: SiteData, out: Path, bundle: Bundle, keeper: PageKeeper) -> Path:
    """Write the summary alone, once more: it names what was made from its first writing."""
    with written_in(data.notation):
        draw = partial(_page, SUMMARY, bundle.font_base64)
        return _write(out / SUMMARY, keeper.page(SUMMARY, draw, data, bundle))


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
    return path
