"""What the pages weigh and how fast they are: ``python -m bench.pages --site published/site``.

Times are medians over several openings in a real Chromium, from disk, with an empty cache: from
the start of the navigation to the first paint of the verdict, to the charts in view being drawn,
and from a choice in a filter to the next frame. A phone is 390 px wide, its processor throttled
four times.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dashboards.pages.layout import FILTERED, PAGES, PLOTLY_PATH
from tests.chromium import launch_settings

REPEATS = 7
THROTTLING = 4
READY = "html[data-ready]"
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
DRAWN = "performance.getEntriesByName('drawn')[0].startTime"
# One choice after the other in the first filter that has any; each to the frame that shows it.
CHOOSE = """async () => {
    const select = [...document.querySelectorAll('.filters select')].find(s => s.length > 1);
    const times = [];
    for (let i = 1; i < Math.min(select.length, 12); i++) {
        const began = performance.now();
        select.selectedIndex = i;
        select.dispatchEvent(new Event('change', {bubbles: true}));
        await new Promise(done => requestAnimationFrame(() => setTimeout(done)));
        times.push(performance.now() - began);
    }
    return times;
}"""


@dataclass(frozen=True)
class Figure:
    """One line of the result: what was measured, in which unit, and what is allowed."""

    name: str
    value: float
    limit: float
    unit: str

    def __str__(self) -> str:
        word = "ok" if self.value <= self.limit else "OVER"
        return f"{self.name:<52}{self.value:>9,.2f}{self.limit:>9,.2f} {self.unit:<4}{word:>5}"


def weights(site: Path) -> list[Figure]:
    """What lies in the folder, and the shared charting script apart."""
    plotly = (site / PLOTLY_PATH).stat().st_size / 1e6
    everything = sum(file.stat().st_size for file in site.rglob("*") if file.is_file()) / 1e6
    return [
        Figure("site without the charting script", everything - plotly, 3.0, "MB"),
        Figure("charting script", plotly, 1.2, "MB"),
    ]


def openings(browser: Any, address: str, phone: bool) -> tuple[float, float]:
    """Median times to the first paint and to the charts in view, in ms."""
    painted, drawn = [], []
    for _ in range(REPEATS):
        context = browser.new_context(
            viewport={"width": 390, "height": 844} if phone else {"width": 1440, "height": 900}
        )
        page = context.new_page()
        if phone:
            throttle(context, page)
        page.goto(address)
        page.wait_for_selector(READY, timeout=60_000)
        painted.append(page.evaluate(PAINTED))
        drawn.append(page.evaluate(DRAWN))
        context.close()
    return statistics.median(painted), statistics.median(drawn)


def throttle(context: Any, page: Any) -> None:
    context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": THROTTLING})


def filtering(browser: Any, address: str) -> float:
    """The slowest of a page's filter changes in ms, the median over openings."""
    slowest = []
    for _ in range(3):
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(address)
        page.wait_for_selector(READY, timeout=60_000)
        slowest.append(max(page.evaluate(CHOOSE)))
        page.close()
    return statistics.median(slowest)


def measure(site: Path) -> list[Figure]:
    """All figures of one site."""
    from playwright.sync_api import sync_playwright

    figures = weights(site)
    summary = (site / "outcomes.html").as_uri()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_settings())
        for phone, limit, name in ((False, 700, "desktop"), (True, 2500, "phone, processor ÷ 4")):
            painted, drawn = openings(browser, summary, phone)
            figures.append(Figure(f"summary painted, {name}", painted, limit, "ms"))
            figures.append(Figure(f"summary with the charts in view, {name}", drawn, limit, "ms"))
        for key, file, name in PAGES:
            if key in FILTERED:
                time = filtering(browser, (site / file).as_uri())
                figures.append(Figure(f"filter change, {name}", time, 100, "ms"))
        browser.close()
    return figures


def main() -> int:
    """Print the table; 1 where a limit is passed."""
    parser = argparse.ArgumentParser(prog="python -m bench.pages", description=__doc__)
    parser.add_argument("--site", type=Path, default=Path("workspace/published/site"))
    figures = measure(parser.parse_args().site.resolve())
    print(f"{'':<52}{'seen':>9}{'limit':>9}")
    print(*figures, sep="\n")
    return int(any(figure.value > figure.limit for figure in figures))


if __name__ == "__main__":
    sys.exit(main())
