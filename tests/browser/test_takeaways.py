"""PDF, pictures and digest beside the pages; and that no browser can spoil a publication."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from dashboards import exports
from dashboards.exports import build_complete_site
from dashboards.pages.digest import digest_text
from dashboards.vendor import find_bundle
from tests.chromium import find_chromium
from tests.figures.worlds import WORLDS, clear_difference

BUNDLE = find_bundle()


def pixels_wide(png: bytes) -> int:
    assert png.startswith(b"\x89PNG")
    return int.from_bytes(png[16:20], "big")


def test_the_summary_becomes_two_sheets_and_pictures_for_slides(tmp_path: Path) -> None:
    files = build_complete_site(clear_difference(), tmp_path, BUNDLE, find_chromium)
    pdf = (tmp_path / "summary.pdf").read_bytes()
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 2
    assert b"/StructTreeRoot" in pdf, "tagged for screen readers"
    slides = [file for file in files if file.parent.name == "slides"]
    assert {"summary.png", "retention.png", "balance.png"} <= {file.name for file in slides}
    assert all(pixels_wide(file.read_bytes()) >= 1000 for file in slides)
    page = (tmp_path / "outcomes.html").read_text("utf-8")
    assert 'href="summary.pdf"' in page
    assert "are missing" not in page


def no_browser(folder: Path) -> str | None:
    return None


def not_there(folder: Path) -> str:
    return str(folder / "no-such-browser")


def stops_at_once(folder: Path) -> str:
    return script(folder, "exit 3")


def says_nothing(folder: Path) -> str:
    return script(folder, "exec sleep 600")


def talks_nonsense(folder: Path) -> str:
    return script(folder, r"printf 'nonsense\0' >&4; exec sleep 600")


def script(folder: Path, text: str) -> str:
    path = folder / "browser"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o700)
    return str(path)


@pytest.mark.parametrize(
    "browser", [no_browser, not_there, stops_at_once, says_nothing, talks_nonsense]
)
def test_a_site_without_a_browser_is_whole_and_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, browser: Callable[[Path], str | None]
) -> None:
    monkeypatch.setattr(exports, "SECONDS", 1.0)
    path = browser(tmp_path)
    site = tmp_path / "site"
    began = time.monotonic()
    made = exports.make_takeaways(site, path)
    assert time.monotonic() - began < 5
    assert made.files == ()
    assert made.missing
    build_complete_site(clear_difference(), site, BUNDLE, lambda: path)
    page = (site / "outcomes.html").read_text("utf-8")
    assert "as PDF and its charts as pictures for slides are missing" in page
    assert "summary.pdf" not in page
    assert not (site / "slides").exists()


@pytest.mark.parametrize("name", WORLDS)
def test_the_digest_is_one_paragraph_of_what_the_summary_says(name: str) -> None:
    text = digest_text(WORLDS[name]())
    assert text.count("\n") == 1
    assert text.endswith(".\n")
    assert 80 < len(text) < 1600
    assert "  " not in text
