"""Builds the static site of one publication; equal data gives equal bytes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from dashboards.data import SiteData
from dashboards.number_format import localised, written_in
from dashboards.pages.claims import claims_page
from dashboards.pages.coaches import coaches_page
from dashboards.pages.definitions import definitions_page
from dashboards.pages.digest import HTML_PATH, TEXT_PATH, digest_page, digest_text
from dashboards.pages.layout import FONT_PATH, NOTICES_PATH, PARTS_PATH, PLOTLY_PATH, SITES_PATH
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


PAGE_BUILDERS: dict[str, Callable[[SiteData, str | None], str]] = {
    "index.html": today_page,
    "outcomes.html": overview_page,
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


def build_site(data: SiteData, out: Path, bundle: Bundle | None = None) -> list[Path]:
    """Write the site into ``out`` (created if it isn't there) and return the files written.

    ``bundle`` is the third-party part; by default what `dashboards.vendor` finds.
    """
    bundle = bundle or find_bundle()
    with written_in(data.notation):
        files = _files(data, bundle)
    return [_write(out / name, text) for name, text in files.items()]


def _files(data: SiteData, bundle: Bundle) -> dict[str, str]:
    """Return every file of the site by its path in it."""
    return {
        **{name: page(data, bundle.font_base64) for name, page in PAGE_BUILDERS.items()},
        TEXT_PATH: localised(digest_text(data)),
        HTML_PATH: localised(digest_page(data)),
        **shared_files(data, bundle),
    }


def shared_files(data: SiteData, bundle: Bundle) -> dict[str, str]:
    """Return what the pages load, by its path in the site."""
    files = {
        PARTS_PATH: parts_script(data.comparison),
        SITES_PATH: sites_script(data),
        PLOTLY_PATH: bundle.plotly_js,
        NOTICES_PATH: bundle.notices,
    }
    if bundle.font_base64:
        files[FONT_PATH] = font_script(bundle.font_base64)
    return files


def write_summary(data: SiteData, out: Path, bundle: Bundle) -> Path:
    """Write the summary alone, once more: it names what was made from its first writing."""
    with written_in(data.notation):
        return _write(out / "outcomes.html", overview_page(data, bundle.font_base64))


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
    return path
