"""Random nights on one workspace, each held against a run from scratch and against nothing kept.

``python -m bench.random_nights --nights 12 --seed 1`` lets a tiny contact centre live through
nights drawn by lot: none with news, a day's files, one source's alone, corrections, tombstones, a
delivery withdrawn, settings changed and changed back, files touched, pseudonyms changed, a
publication rolled back.
After each, everything that counts is delivered to an empty workspace at once, and both publications
are held against each other, value by value; and every page and table of the first is made anew from
its own warehouse, byte by byte. The clock is moved to each night.

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
from tests.faults.small_centre import END, SmallCentre, contract
from tests.integration.made_anew import unlike_made_anew

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


@dataclass
class RandomNights:
    """The centre, the lot, the day that has come, and what was found wrong."""

    centre: SmallCentre
    lot: random.Random
    folder: Path
    today: dt.date
    delivered_to: dt.date
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
        unlike = self._unlike()
        self.wrong += [f"night {number} ({told}): {each}" for each in unlike]
        return f"{told}: {ended.last_line.partition(',')[2].strip()}; {len(unlike)} differ"

    def _acts(self) -> list[Callable[[], tuple[str, str, tuple[str, ...]]]]:
        usual = [self._nothing] * 3 + [self._a_day, self._one_source] * 3
        usual += [self._touched, self._settings] * 2
        rare = [self._correction, self._tombstone, self._other_key, self._rolled_back]
        return [*usual, *rare, *([self._withdrawal] * 2 if self.withdrawable else [])]

    def _clock(self) -> str:
        return f"{self.today + dt.timedelta(days=1)}T02:30"

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

    def _withdrawal(self) -> tuple[str, str, tuple[str, ...]]:
        path = self.withdrawable.pop(self.lot.randrange(len(self.withdrawable)))
        self.centre.take_no_account_of(path)
        place = f"{path.parent.name}/{path.name}"
        return f"{place} withdrawn", "assets.commands.withdraw", ("--file", place)

    def _settings(self) -> tuple[str, str, tuple[str, ...]]:
        chosen = self.lot.randrange(len(VARIANTS))
        self.centre.workspace.settings_file.write_text(VARIANTS[chosen])
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

    def _unlike(self) -> list[str]:
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
        by_nature = (*BY_NATURE, *_ALSO_BY_NATURE)
        unlike = [each for each in differences(*files) if each.partition(":")[0] not in by_nature]
        return [*found, *unlike, *ledger_differs(*files)]


def main() -> int:
    """Live through the nights; say what each did and what differed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--nights", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    os.environ[VARIABLE] = ""  # no browser: a PDF has no equal
    until = END - dt.timedelta(days=20)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        centre = SmallCentre.begin(folder / "centre", until, settings=SETTINGS, sources=SOURCES)
        nights = RandomNights(centre, random.Random(asked.seed), folder, until, until)
        for number in range(asked.nights + 1):
            print(f"night {number:2}  {nights.run(number)}", flush=True)
    print("\n".join([*nights.wrong, f"{len(nights.wrong)} things wrong"]))
    return 1 if nights.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
