"""Pictures of every page for the documentation: ``python -m dashboards.screenshots``.

Each page as on a desktop (1440 px), in dark colours, on a phone (390 px) and on paper.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import NamedTuple

from dashboards.browser import Chromium, chromium, find_installed
from dashboards.pages.layout import PAGES

SECONDS = 600.0
HEIGHT = 900
TALLEST = 4_000  # CSS px; what is further down on a long page is left to the page itself


class View(NamedTuple):
    """What a picture is called, the window it is taken of, and how much it is reduced."""

    name: str
    width: int
    scheme: str
    media: str
    reduced: float


VIEWS = (
    View("1440", 1440, "light", "", 0.5),
    View("dark", 1440, "dark", "", 0.5),
    View("390", 390, "light", "", 0.6),
    View("print", 718, "light", "print", 0.5),
)
QUALITY = 18  # of WebP, 0-100: letters stay sharp, and all pictures together stay under 3 MB
_HEIGHT = "document.documentElement.scrollHeight"
_PRINTING = "dispatchEvent(new Event('beforeprint'))"


def take(site: Path, out: Path, path: str) -> list[Path]:
    """Write all pictures of a site into a folder; returns the files."""
    out.mkdir(parents=True, exist_ok=True)
    with chromium(path, SECONDS) as browser:
        browser.open((site / "index.html").as_uri(), 1440, HEIGHT)
        return [
            _take_one(browser, site / file, out / f"{Path(file).stem}-{view.name}.webp", view)
            for _, file, _ in PAGES
            for view in VIEWS
        ]


def _take_one(browser: Chromium, page: Path, target: Path, view: View) -> Path:
    browser.look(view.width, HEIGHT, 1.0, view.scheme, view.media)
    browser.go(page.as_uri())
    if view.media == "print":
        browser.evaluate(_PRINTING)
    height = min(browser.evaluate(_HEIGHT), TALLEST)
    clip = {"x": 0, "y": 0, "width": view.width, "height": height, "scale": view.reduced}
    target.write_bytes(browser.picture(clip, format="webp", quality=QUALITY))
    return target


def main() -> int:
    """Take the pictures of one published site."""
    parser = argparse.ArgumentParser(prog="python -m dashboards.screenshots", description=__doc__)
    parser.add_argument("--site", type=Path, default=Path("workspace/published/site"))
    parser.add_argument("--out", type=Path, default=Path("docs/screenshots"))
    options = parser.parse_args()
    path = find_installed()
    if path is None:
        print("no Chromium is installed here, so there are no pictures", file=sys.stderr)
        return 1
    files = take(options.site.resolve(), options.out, path)
    print(f"{len(files)} pictures, {sum(f.stat().st_size for f in files) / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
