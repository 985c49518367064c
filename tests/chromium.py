"""The Chromium that the browser tests drive: an installed one, else one that Playwright fetches.

Run as a program before the tests, it tries to get one and says what is skipped without.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from dashboards.browser import find_installed

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


def find_chromium() -> str | None:
    """Path of a usable Chromium, or None."""
    return find_installed() or _fetched_by_playwright()


def _fetched_by_playwright() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if path and Path(path).exists() else None


def main() -> None:
    """Make sure that there is a Chromium, or say what its absence costs."""
    if find_chromium() is None:
        command = [sys.executable, "-m", "playwright", "install", "chromium"]
        subprocess.run(command, check=False, timeout=600)
    if find_chromium() is None:
        print("No Chromium here and none could be fetched: tests/browser is skipped.")


if __name__ == "__main__":
    main()
