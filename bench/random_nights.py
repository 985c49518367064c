"""Random nights on one workspace, each held against a run from scratch and against nothing kept.

``python -m bench.random_nights --nights 12 --seed 1`` lets a tiny contact centre live through
nights drawn by lot: none with news, a day's files, one source's alone, corrections, tombstones, a
delivery withdrawn, settings changed and changed back, files touched, pseudonyms changed, a
publication rolled back, rows that can't count yet and people who leave the roster and come back.
After each, everything that counts is delivered to an empty workspace at once, and both publications
are held against each other, value by value; every page and table of the first is made anew from its
own warehouse, byte by byte; and what checks found, and which rows are set aside, is found anew from
what is staged. The clock is moved to each night.

With ``--cut month`` comparisons stand from month to month, so that nights make only what their news
can move; then what stands between cuts is held against the run from scratch when a cut is made.
Prints a line per night, with what was kept. Ends with status 1 where anything differs.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import random
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from bench.equality import differences
from bench.nights import BY_NATURE, SETTINGS, SOURCES, at, ledger_differs
from dashboards.browser import VARIABLE
from pipelines.contracts.computed import GRADE_TABLES, NIGHTLY
from tests.faults.small_centre import END, SmallCentre, contract
from tests.integration.checked_anew import unlike_checked_anew
from tests.integration.made_anew import unlike_made_anew

NONE = 'cut = "none"'
VARIANTS = (
    SETTINGS,
    SETTINGS + '[display]\ndecimal = ","\nthousands = "."\n',
    SETTINGS.replace("[privacy]\n", "[privacy]\nmin_group = 12\n"),
    SETTINGS + "[cost]\nexit = 9000\n",
    SETTINGS + "[limits]\nthreads = 1\n",
)
ALONE = ("shifts", "performance", "fatigue_surveys", "training")
"""Sources of which a night takes in what came without looking at the others."""
_ALSO_BY_NATURE = ("quality.set_aside_summary",)
_OF_THE_CUT = (*GRADE_TABLES, "style_agreement", "rater_agreement", "k_anonymity")
"""Tables of `quality` that are made at a cut, or tell of those that are."""
CHECKED = "made     quality/set_aside_summary"
"""What a night prints after which all checks are asked."""


@dataclass
class RandomNights:
    """The centre, the lot, the day that has come, and what was found wrong."""

    centre: SmallCentre
    lot: random.Random
    folder: Path
    today: dt.date
    delivered_to: dt.date
    cut: str = "none"
    checked_on: dt.date = dt.date.min
    away: pl.DataFrame | None = None
    wrong: list[str] = field(default_factory=list)
    withdrawable: list[Path] = field(default_factory=list)

    def run(self, number: int) -> str:
        """One night; what happened, and whether it stands every comparison."""
        if self.lot.random() < 0.6:
            self.today += dt.timedelta(days=1)
        act = self.lot.choice(self._acts())
        told, module, more = act()
        ended = at(self.centre.workspace, self._clock(), *more, module=module)
        if ended.status != 0:
            self.wrong.append(f"night {number} ({told}): {ended.output[-2000:]}")
            return f"{told}: {ended.last_line}"
        if CHECKED in ended.output:
            self.checked_on = self._day_of_night()
        n_held, n_aside, unlike = self._findings_unlike()
        unlike += self._unlike(is_cut=" made (" in ended.last_line)
        self.wrong += [f"night {number} ({told}): {each}" for each in unlike]
        n_made = len([line for line in ended.output.splitlines() if line.startswith("  made ")])
        ended_as = ended.last_line.partition(",")[2].strip()
        told = f"{told}: {ended_as}; {n_made} made, {n_held} findings, {n_aside} rows set aside"
        return f"{told}, {len(unlike)} differ"

    def _acts(self) -> list[Callable[[], tuple[str, str, tuple[str, ...]]]]:
        usual = [self._nothing] * 3 + [self._a_day, self._one_source] * 3
        usual += [self._touched, self._settings] * 2
        rare = [self._correction, self._tombstone, self._other_key, self._rolled_back]
        rare += [self._ahead, self._people]
        return [*usual, *rare, *([self._withdrawal] * 2 if self.withdrawable else [])]

    def _clock(self) -> str:
        return f"{self._day_of_night()}T02:30"

    def _day_of_night(self) -> dt.date:
        return self.today + dt.timedelta(days=1)

    def _nothing(self) -> tuple[str, str, tuple[str, ...]]:
        return "nothing new", "assets.refresh", ()

    def _a_day(self) -> tuple[str, str, tuple[str, ...]]:
        if self.delivered_to >= min(self.today, END):
            return self._nothing()
        self.delivered_to += dt.timedelta(days=1)
        self.withdrawable += self.centre.deliver_day(self.delivered_to)
        return f"the files of {self.delivered_to}", "assets.refresh", ()

    def _one_source(self) -> tuple[str, str, tuple[str, ...]]:
        source = self.lot.choice(ALONE)
        ahead = min(self.delivered_to + dt.timedelta(days=1), self.today, END)
        rows = self.centre.between(source, self.delivered_to - dt.timedelta(days=20), ahead)
        self.withdrawable.append(self.centre.deliver(source, "alone.csv", rows))
        return f"{source} alone", "assets.refresh", ()

    def _some(self, source: str, n_rows: int) -> pl.DataFrame:
        rows = self.centre.between(source, dt.date.min, self.delivered_to)
        return rows.sample(min(n_rows, rows.height), seed=self.lot.randrange(10**6))

    def _correction(self) -> tuple[str, str, tuple[str, ...]]:
        exits = self._some("attrition", 3).with_columns(separation_type=pl.lit("other"))
        self.withdrawable.append(self.centre.deliver("attrition", "corrected.csv", exits))
        shifts = self._some("shifts", 40).with_columns(absent_hours=pl.lit(0.0))
        self.withdrawable.append(self.centre.deliver("shifts", "corrected.csv", shifts))
        return "two corrections", "assets.refresh", ()

    def _tombstone(self) -> tuple[str, str, tuple[str, ...]]:
        source = self.lot.choice(["shifts", "coaching_sessions"])
        keys = self._some(source, 25).select(contract(source).key)
        self.withdrawable.append(self.centre.deliver(source, "gone.tombstone.csv", keys))
        return f"a tombstone of {source}", "assets.refresh", ()

    def _ahead(self) -> tuple[str, str, tuple[str, ...]]:
        """Rows of days to come: they wait, and count by themselves."""
        source = self.lot.choice(["performance", "coaching_sessions"])
        rows = self.centre.between(source, self.today, self.today + dt.timedelta(days=14))
        self.withdrawable.append(self.centre.deliver(source, "ahead.csv", rows))
        return f"{rows.height} rows of {source} ahead", "assets.refresh", ()

    def _people(self) -> tuple[str, str, tuple[str, ...]]:
        """People leave the roster altogether, so that their rows wait, or come back to it."""
        if self.away is not None:
            self.centre.deliver("roster", "back.csv", self.away)
            self.away = None
            return "people back on the roster", "assets.refresh", ()
        who = self._some("roster", 2).select("employee_id")
        every = self.centre.between("roster", dt.date.min, self.delivered_to)
        self.away = every.join(who, on="employee_id", how="semi")
        keys = self.away.select(contract("roster").key)
        self.centre.deliver("roster", "gone.tombstone.csv", keys)
        return "people gone from the roster", "assets.refresh", ()

    def _withdrawal(self) -> tuple[str, str, tuple[str, ...]]:
        path = self.withdrawable.pop(self.lot.randrange(len(self.withdrawable)))
        self.centre.take_no_account_of(path)
        place = f"{path.parent.name}/{path.name}"
        return f"{place} withdrawn", "assets.commands.withdraw", ("--file", place)

    def _settings(self) -> tuple[str, str, tuple[str, ...]]:
        chosen = self.lot.randrange(len(VARIANTS))
        self.centre.workspace.settings_file.write_text(with_cut(VARIANTS[chosen], self.cut))
        return f"settings {chosen}", "assets.refresh", ()

    def _touched(self) -> tuple[str, str, tuple[str, ...]]:
        for path in self.centre.workspace.landing.rglob("*.csv"):
            os.utime(path)
        return "every file touched", "assets.refresh", ()

    def _other_key(self) -> tuple[str, str, tuple[str, ...]]:
        return "other pseudonyms", "assets.commands.rotate_key", ()

    def _rolled_back(self) -> tuple[str, str, tuple[str, ...]]:
        ended = at(self.centre.workspace, self._clock(), module="assets.commands.rollback")
        return f"rolled back ({ended.status}), then", "assets.refresh", ()

    def _findings_unlike(self) -> tuple[int, int, list[str]]:
        scratch = self.folder / "checked"
        scratch.mkdir(exist_ok=True)
        days = self._day_of_night(), self.checked_on
        return unlike_checked_anew(self.centre.workspace, scratch, *days)

    def _unlike(self, *, is_cut: bool) -> list[str]:
        """What differs from a run from scratch, and from what is made when nothing is kept."""
        scratch = self.folder / "scratch"
        shutil.rmtree(scratch, ignore_errors=True)
        (scratch / "anew").mkdir(parents=True)
        found = unlike_made_anew(self.centre.workspace, scratch / "anew")
        other = self.centre.anew(scratch / "other")
        ended = at(other, self._clock())
        if ended.status != 0:
            return [*found, f"from scratch: {ended.last_line}"]
        files = (self.centre.workspace.published_analytics, other.published_analytics)
        unlike = [
            each
            for each in differences(*files)
            if _is_held(each.partition(":")[0], everything=is_cut or self.cut == "none")
        ]
        return [*found, *unlike, *ledger_differs(*files)]


def _is_held(table: str, *, everything: bool) -> bool:
    """Whether a table is the same in a run from scratch, at a cut or between cuts."""
    if table in (*BY_NATURE, *_ALSO_BY_NATURE):
        return False
    schema, _, name = table.partition(".")
    stands = schema in ("marts", "outcomes") and table != NIGHTLY
    return everything or not (stands or (schema == "quality" and name in _OF_THE_CUT))


def with_cut(settings: str, cut: str) -> str:
    """Settings under which comparisons are made as often as is asked for."""
    assert NONE in settings
    return settings.replace(NONE, f'cut = "{cut}"')


def main() -> int:
    """Live through the nights; say what each did and what differed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--nights", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cut", choices=["none", "month"], default="none")
    asked = parser.parse_args()
    os.environ[VARIABLE] = ""  # no browser: a PDF has no equal
    until = END - dt.timedelta(days=20)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        begun = with_cut(SETTINGS, asked.cut)
        centre = SmallCentre.begin(folder / "centre", until, settings=begun, sources=SOURCES)
        nights = RandomNights(
            centre, random.Random(asked.seed), folder, until, until, cut=asked.cut
        )
        for number in range(asked.nights + 1):
            print(f"night {number:2}  {nights.run(number)}", flush=True)
    print("\n".join([*nights.wrong, f"{len(nights.wrong)} things wrong"]))
    return 1 if nights.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
