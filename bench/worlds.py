"""Worlds of every kind published and told as text: ``python -m bench.worlds --out worlds``.

For a reviewer who reads every sentence of every page in every kind of organisation: a folder per
world with the publication, and a text per page. Beside that, what a program can find is looked
for: an empty card, a past day to look again by, numbers in another notation, a word that stands for
a missing value. Each world takes a refresh, 20 to 60 seconds.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import os
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from bench.odd_worlds import ODD_WORLDS
from dashboards.browser import VARIABLE
from dashboards.pages.layout import PAGES
from pipelines.core.workspace import Workspace
from pipelines.simulation import simulate, write_landing, write_sample
from pipelines.simulation.scenarios import scenario
from tests.figures.visible_text import visible_text
from tests.integration.direct import publish
from tests.privacy.landing_rows import Change, Row, change_rows

Make = Callable[[Workspace], None]
MONTHS, SEED = 14, 7
LONG = "Nordrhein-Westfälisches Kundenbetreuungs- und Servicezentrum für Geschäftskunden "
NAMES = {
    "Aster": "東京サービスセンター",
    "Birch": LONG * 2,
    "Cedar": "مركز الخدمة",
    "Dahlia": "<b>Ærø</b> & Sønner",
}
BY_PERSON = '[comparison]\nassignment = "by_person"\n'
LEAVERS = ("employee_id", "separation_date", "separation_type", "reason")


def sample(
    n_agents: int, months: int = MONTHS, settings: str = "", change: Change | None = None
) -> Make:
    """A world of so many agents, with settings and a change of its rows."""

    def make(workspace: Workspace) -> None:
        write_sample(workspace.landing, n_agents=n_agents, months=months, seed=SEED)
        if change is not None:
            change_rows(workspace.landing, change)
        if settings:
            workspace.settings_file.write_text(settings, encoding="utf-8")

    return make


def required_only(workspace: Workspace) -> None:
    """Roster, sessions and exits alone."""
    sample(300)(workspace)
    for source in ("fatigue_surveys", "shifts", "performance", "training"):
        for path in workspace.landing_source(source).glob("*"):
            path.unlink()
        workspace.landing_source(source).rmdir()


def nine_months_old(workspace: Workspace) -> None:
    """Data that end nine months before today."""
    end = (dt.datetime.now(dt.UTC).date() - dt.timedelta(days=275)).replace(day=28)
    write_sample(workspace.landing, n_agents=300, months=MONTHS, seed=SEED, end=end)


def drawn_by_lot(workspace: Workspace) -> None:
    """A lottery drew who is coached how; with the kind of coaching, fewer leave."""
    config = replace(scenario("lottery by person").config, n_agents=600, months=MONTHS, seed=SEED)
    write_landing(simulate(config), workspace.landing)
    workspace.settings_file.write_text(BY_PERSON, encoding="utf-8")


def more_leavers(workspace: Workspace) -> None:
    """Sixty more people chose to leave in the last month."""
    sample(500)(workspace)
    with (workspace.landing_source("attrition") / "attrition.csv").open() as file:
        gone = {row["employee_id"] for row in csv.DictReader(file)}
    with (workspace.landing_source("roster") / "roster.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["role"] == "agent"]
    staying = sorted({row["employee_id"] for row in rows if row["hire_date"] < "2026-08-01"} - gone)
    with (workspace.landing_source("attrition") / "more.csv").open("w", newline="") as file:
        told = csv.writer(file)
        told.writerow(LEAVERS)
        told.writerows(
            (name, f"2026-10-{10 + i % 15}", "voluntary", "") for i, name in enumerate(staying[:60])
        )


def _one_site(_: str, row: Row) -> Row:
    return {**row, "site": "Aster"} if "site" in row else row


def _other_names(_: str, row: Row) -> Row:
    return {**row, "site": NAMES.get(row["site"] or "", row["site"])} if "site" in row else row


def _one_arm(source: str, row: Row) -> Row:
    return {**row, "style": "compassionate"} if source == "coaching_sessions" else row


def _custom(source: str, row: Row) -> Row:
    names = {"compassionate": "Lerngespräch", "compliance": "Qualitätskontrolle"}
    if source != "coaching_sessions":
        return row
    return {**row, "style": names.get(row["style"] or "", row["style"])}


WORLDS: dict[str, Make] = {
    "agents_120": sample(120, 9),
    "agents_400": sample(400),
    "required_only": required_only,
    "one_site": sample(300, change=_one_site),
    "custom_labels": sample(
        300, change=_custom,
        settings='[comparison]\narm_a = "Lerngespräch"\narm_b = "Qualitätskontrolle"\n',
    ),
    "german_numbers": sample(1200, settings='[display]\nthousands = "."\ndecimal = ","\n'),
    "other_names": sample(300, change=_other_names),
    "nine_months_old": nine_months_old,
    "lottery": drawn_by_lot,
    "lottery_in_doubt": sample(300, settings=BY_PERSON),
    "one_arm": sample(200, change=_one_arm),
    "more_leavers": more_leavers,
    **ODD_WORLDS,
}  # fmt: skip


def findings(page: str, html: str, world: str) -> Iterator[str]:
    """What no page may have in any world."""
    text = visible_text(html)
    for said in re.findall(r"\b(?:None|nan|NaN|undefined)\b|\{\{|\}\}", text):
        yield f"{page}: a placeholder, {said!r}"
    for card in re.findall(
        r"<(?:section|figure) class=\"card[^\"]*\".*?</(?:section|figure)>", html, re.DOTALL
    ):
        inside = re.sub(r"<h[23].*?</h[23]>|<[^>]+>", " ", card, flags=re.DOTALL).split()
        if not inside:
            yield f"{page}: a card without anything but its head"
    if page not in ("method.html", "definitions.html"):  # which speak of the method
        for said in re.findall(r"\bday 0\b|(?<!same as )(?<!finding of )no difference", text):
            yield f"{page}: words of the method, {said!r}"
    today = dt.datetime.now(dt.UTC).date()
    for day in re.findall(r"Look again by (\d+ \w+ \d{4})", text):
        if dt.datetime.strptime(day, "%d %b %Y").replace(tzinfo=dt.UTC).date() < today:
            yield f"{page}: a past day to look again by, {day}"
    if (
        world in ("german_numbers", "far_east") and page != "method.html"
    ):  # whose text is a document's
        for said in re.findall(r"\b\d+\.\d{1,2}\b(?!\.)", text):
            yield f"{page}: a decimal point, {said}"


def tell(workspace: Workspace, out: Path, world: str) -> list[str]:
    """Write the text of each page; returns what was found."""
    out.mkdir(parents=True, exist_ok=True)
    found: list[str] = []
    for _, file, _ in PAGES:
        html = (workspace.published_site / file).read_text("utf-8")
        (out / f"{Path(file).stem}.txt").write_text(visible_text(html), "utf-8")
        found += findings(file, html, world)
    digest = (workspace.published_site / "digest.txt").read_text("utf-8")
    (out / "digest.txt").write_text(digest, "utf-8")
    return found


def main() -> int:
    """Publish the worlds and say what was found."""
    parser = argparse.ArgumentParser(prog="python -m bench.worlds", description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--only", nargs="*", choices=sorted(WORLDS))
    options = parser.parse_args()
    os.environ[VARIABLE] = ""
    n_found = 0
    for name in options.only or WORLDS:
        workspace = Workspace(options.out.resolve() / name / "workspace")
        if not workspace.published_site.exists():
            WORLDS[name](workspace)
            publish(workspace)
        found = tell(workspace, options.out / name / "text", name)
        n_found += len(found)
        print(f"{name}: {'; '.join(found) or 'nothing found'}", flush=True)
    return 1 if n_found else 0


if __name__ == "__main__":
    sys.exit(main())
