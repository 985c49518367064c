"""Dagster's UI in a real browser, as somebody who looks after the nights uses it: `bench.ui`.

``python -m bench.ui`` publishes a tiny contact centre, starts the UI on a free port of the loopback
address, and clicks: start a refresh and see it succeed, rebuild one source, open the dashboard by
its link, see a refused refresh and the check that explains it, and try to publish past the refusal.
What the browser saw is held against the workspace: the publication, the ledger, the staged rows.

It takes an installed Chromium: the one that npm brings for the tests can't draw Dagster's pages.

Prints a line per step; ends with status 1 at the first that isn't as it should be.
"""

from __future__ import annotations

import argparse
import datetime as dt
import html
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl

from bench.nights import SOURCES
from pipelines.core.warehouse import open_warehouse
from tests.chromium import launch_settings
from tests.faults.running import published, refresh_to_end
from tests.faults.small_centre import END, TINY, SmallCentre, whole_publication
from tests.integration.refreshing import PROJECT, environment, fingerprint

JOB = "locations/coaching-outcomes/jobs/nightly_refresh"
WAIT = 240_000
"""Milliseconds for what takes a refresh."""
CONFIG = "resources:\n  refresh:\n    config:\n      rebuild: [shifts]\n"
LAST_RUN = "{runsOrError(limit: 1) {... on Runs {results {runId status tags {key value}}}}}"


class Ui:
    """The UI's address, a page of a browser on it, and the runs as Dagster has them."""

    def __init__(self, address: str, page: Any) -> None:
        self.address = address
        self.page = page

    def open(self, path: str) -> None:
        """Go to one of the UI's pages."""
        self.page.goto(f"{self.address}/{path}")

    def button(self, text: str) -> Any:
        """Buttons that say just this; the names of their icons don't count."""
        return self.page.get_by_role("button").filter(has_text=re.compile(f"^{text}$"))

    def last_run(self) -> dict[str, Any]:
        """The newest run: its id, status and tags."""
        asked = urllib.request.Request(
            f"{self.address}/graphql",
            data=json.dumps({"query": LAST_RUN}).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(asked, timeout=60) as answer:
            found = json.load(answer)["data"]["runsOrError"]["results"]
        return dict(found[0]) if found else {"runId": "", "status": "", "tags": []}

    def click_and_follow(self, button: Any) -> dict[str, Any]:
        """Click what starts a run, open the run's page, and wait until it says how it ended."""
        before = self.last_run()["runId"]
        button.click()
        deadline = time.monotonic() + WAIT / 1000
        while (run := self.last_run())["runId"] == before:
            assert time.monotonic() < deadline, "no run was started"
            time.sleep(0.5)
        self.open(f"runs/{run['runId']}")
        while (now := self.last_run())["status"] not in ("SUCCESS", "FAILURE", "CANCELED"):
            assert time.monotonic() < deadline, now
            time.sleep(1)
        self.page.get_by_text(now["status"].capitalize(), exact=True).first.wait_for(timeout=WAIT)
        return now


@contextmanager
def served(centre: SmallCentre) -> Iterator[str]:
    """`make serve` on a free port, ended by its process id."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "assets.commands.serve", "--port", str(port)]
    command += ["--workspace", str(centre.workspace.root)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen(command, cwd=PROJECT, env=environment(), **quiet)  # type: ignore[call-overload]
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + WAIT / 1000
        while True:
            assert server.poll() is None, "the UI ended by itself"
            assert time.monotonic() < deadline, "the UI didn't answer"
            try:
                urllib.request.urlopen(f"{address}/server_info", timeout=2).close()
                break
            except (urllib.error.URLError, OSError):
                time.sleep(0.5)
        yield address
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(60)


def start_a_refresh(ui: Ui, centre: SmallCentre) -> str:
    """A day's files are dropped, and somebody clicks “Materialize all” on the job's page."""
    before = whole_publication(centre.workspace)
    for path in centre.deliver_day(END):
        os.utime(path, (time.time() + 3600, time.time() + 3600))  # for the sensor: on their way
    ui.open(JOB)
    run = ui.click_and_follow(ui.page.get_by_role("button", name="Materialize all"))
    assert (run["status"], tag(run, "outcome")) == ("SUCCESS", "published"), run
    standing = whole_publication(centre.workspace)
    assert tag(run, "refresh") == str(standing) == str(before + 1), run
    centre.assert_staged()
    return f"succeeded, and publication {standing} stands with the day's rows"


def rebuild_one_source(ui: Ui, centre: SmallCentre) -> str:
    """The launchpad with the run's config: shifts are made anew from raw, and it is published."""
    with open_warehouse(centre.workspace.warehouse_file) as con:
        con.execute("delete from staging.shifts where line_number % 2 = 0")
    before = whole_publication(centre.workspace)
    ui.open(JOB)
    more = ui.page.get_by_role("button", name="Materialize all")
    more.locator("xpath=following::button[1]").click()
    ui.page.get_by_text("Open launchpad").click()
    # The field that chooses assets is an editor of the same kind.
    editor = ui.page.locator(".CodeMirror").filter(has_text="rebuild")
    editor.wait_for()
    ui.page.wait_for_timeout(3000)  # the UI writes the defaults first
    # Typed lines would be indented by the editor, and be no YAML any longer.
    editor.evaluate("(element, config) => element.CodeMirror.setValue(config)", CONFIG)
    ui.page.wait_for_timeout(3000)  # it checks the config before it lets it be launched
    assert "[shifts]" in editor.inner_text()
    run = ui.click_and_follow(ui.button("Materialize").last)
    assert run["status"] == "SUCCESS", run
    assert tag(run, "outcome") == "published", run
    assert whole_publication(centre.workspace) > before
    centre.assert_staged()
    return "succeeded, and the rows that had been lost are back"


def open_the_dashboard(ui: Ui, centre: SmallCentre) -> str:
    """The link on the page of the publication opens the pages that stand."""
    ui.open("assets/published/current")
    link = ui.page.locator("a[href$='/index.html']").first
    link.wait_for(timeout=WAIT)
    ui.page.goto(link.get_attribute("href"))
    title = ui.page.title()
    stands = (centre.workspace.published_site / "index.html").read_text("utf-8")
    assert title, "no page"
    assert f"<title>{html.escape(title, quote=False)}</title>" in stands, title
    return f"opens “{title}”"


def see_a_check_explain_itself(ui: Ui, centre: SmallCentre) -> str:
    """A refresh that is refused, as the run's tags tell, and the page of the check that did it."""
    before = fingerprint(centre.workspace.published)
    days = centre.expected("attrition")["separation_date"]
    rows = pl.DataFrame({"employee_id": [f"NOBODY-{n}" for n in range(4 * days.len())]})
    rows = rows.with_columns(separation_date=days.max(), separation_type=pl.lit("voluntary"))
    wrong = centre.deliver("attrition", "wrong.csv", rows)
    ui.open(JOB)
    run = ui.click_and_follow(ui.page.get_by_role("button", name="Materialize all"))
    assert run["status"] == "FAILURE", run
    assert tag(run, "outcome") == "refused", run
    ui.open("assets/staging/attrition?view=checks")
    ui.page.get_by_text("employee_id_mostly_known").first.click()
    ui.page.get_by_text(wrong.name).first.wait_for(timeout=WAIT)
    assert fingerprint(centre.workspace.published) == before
    return "the check names the file and the line; the publication is untouched"


def publish_past_the_refusal(ui: Ui, centre: SmallCentre) -> str:
    """The swap alone, by the button on its page: the run fails, and says why."""
    before = fingerprint(centre.workspace.published)
    ui.open("assets/published/current")
    run = ui.click_and_follow(ui.button("Materialize").first)
    assert run["status"] == "FAILURE", run
    assert fingerprint(centre.workspace.published) == before
    ui.page.get_by_text("blocking checks").first.wait_for(timeout=60_000)
    return "failed, told why, and the publication is untouched"


def tag(run: dict[str, Any], name: str) -> str | None:
    """One of our tags on a run."""
    return {each["key"]: each["value"] for each in run["tags"]}.get(f"coaching/{name}")


STEPS = (
    start_a_refresh,
    rebuild_one_source,
    open_the_dashboard,
    see_a_check_explain_itself,
    publish_past_the_refusal,
)


def main() -> int:
    """Click through the steps."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--picture", type=Path, help="where to put what the browser last saw")
    asked = parser.parse_args()
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as name:
        until = END - dt.timedelta(days=1)
        centre = SmallCentre.begin(
            Path(name).resolve() / "centre", until, settings=TINY, sources=SOURCES
        )
        for path in centre.workspace.landing.rglob("*.csv"):
            os.utime(path, (0, 0))
        published(refresh_to_end(centre.workspace))
        with served(centre) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(**launch_settings())
            page = browser.new_page(viewport={"width": 1500, "height": 1000})
            page.set_default_timeout(120_000)
            try:
                for step in STEPS:
                    print(f"{step.__name__:28} {step(Ui(address, page), centre)}", flush=True)
            finally:
                if asked.picture:
                    page.screenshot(path=asked.picture)
                browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
