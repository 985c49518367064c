"""What can be carried out of the pages: the summary as PDF, and its charts as pictures.

They are made by a Chromium where one is installed. Where none is, or it fails, the pages say
that they are missing; a publication never waits long for them, and never fails by them. They stand
from one publication to the next while the summary says the same (`kept_takeaways`).
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from dashboards.browser import Chromium, ChromiumError, chromium, find_chromium
from dashboards.build import SUMMARY, build_site, write_summary
from dashboards.data import SiteData, Takeaways
from dashboards.kept_pages import PageKeeper
from dashboards.kept_takeaways import keep, note_made, shown_on, standing_takeaways
from dashboards.vendor import Bundle, find_bundle

SECONDS = 20.0
"""All the time that the browser has."""
PDF = "summary.pdf"
SLIDES = "slides"
_NO_BROWSER = Takeaways(missing="no Chromium is installed where this was published")
_WIDTH, _HEIGHT, _SCALE = 1280, 900, 1.25
# From the verdict to the end of the tiles, with a margin; the dates take the filters' place.
_TOP_OF_SUMMARY = """(() => {
    const find = selector => document.querySelector(selector);
    find('.kicker').append(' · ' + find('.cut').textContent);
    find('.filters').hidden = true;
    const top = find('.verdict').getBoundingClientRect().top + scrollY;
    const end = find('.tiles').getBoundingClientRect().bottom + scrollY;
    return {x: 0, y: top, width: innerWidth, height: end - top + 28};
})()"""

Find = Callable[[], str | None]


def build_complete_site(
    data: SiteData,
    out: Path,
    bundle: Bundle | None = None,
    find: Find = find_chromium,
    keeper: PageKeeper | None = None,
) -> list[Path]:
    """Write the site as `build_site` does, then what a browser makes of it, then say so on it."""
    bundle, keeper, path = bundle or find_bundle(), keeper or PageKeeper(), find()
    if path is None:
        return build_site(replace(data, takeaways=make_takeaways(out, path)), out, bundle, keeper)
    standing = standing_takeaways(keeper)
    files = build_site(replace(data, takeaways=standing.takeaways), out, bundle, keeper)
    shown = shown_on((out / SUMMARY).read_text("utf-8"), data, bundle)
    if standing.shown == shown:
        keep(keeper, out)
        return [*files, *(out / name for name in standing.takeaways.files)]
    takeaways = make_takeaways(out, path)
    write_summary(replace(data, takeaways=takeaways), out, bundle, keeper)
    note_made(keeper, takeaways, out, data, shown)
    return [*files, *(out / name for name in takeaways.files)]


def make_takeaways(site: Path, path: str | None) -> Takeaways:
    """Write the PDF and the pictures beside the pages, all of them or none."""
    if path is None:
        return _NO_BROWSER
    try:
        with chromium(path, SECONDS) as browser:
            made = _made_by(browser, site)
    except (ChromiumError, OSError, ValueError, KeyError):
        return Takeaways(missing="the browser that makes them failed or took too long")
    (site / SLIDES).mkdir(exist_ok=True)
    for name, content in made.items():
        (site / name).write_bytes(content)
    return Takeaways(files=tuple(made))


def _made_by(browser: Chromium, site: Path) -> dict[str, bytes]:
    """Return each file's content by its path in the site."""
    browser.open((site / SUMMARY).as_uri(), _WIDTH, _HEIGHT, _SCALE)
    made = {PDF: browser.pdf()}
    for key in browser.evaluate("Object.keys(window.pictures)"):
        url = browser.evaluate(f"window.pictures[{key!r}]({_SCALE})")
        made[f"{SLIDES}/{key}.png"] = base64.b64decode(url.partition(",")[2])
    made[f"{SLIDES}/summary.png"] = browser.picture(browser.evaluate(_TOP_OF_SUMMARY))
    return made
