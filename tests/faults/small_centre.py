"""A tiny contact centre that delivers day by day, and a recount of what must stand in staging.

What is expected is counted from the delivered frames alone, in the order in which they came: the
newest row of a key stands, and what was withdrawn counts for nothing.
"""

from __future__ import annotations

import datetime as dt
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.contracts.sources import Source, load_contracts
from pipelines.core.warehouse import fetch, open_warehouse
from pipelines.core.workspace import Workspace
from pipelines.release.manifest import SITE_REFRESH, check_unchanged, read_manifest
from pipelines.simulation import SampleConfig, SampleWorld, simulate

END = dt.date(2026, 10, 31)
TINY = """\
[comparison]
horizon_days = [90]
covariates = ["site"]
"""
"""Settings under which little is compared: the faults strike what writes, not what estimates."""
SOURCES = (
    "roster",
    "coaching_sessions",
    "fatigue_surveys",
    "attrition",
    "training",
    "shifts",
    "performance",
)


@dataclass
class Delivered:
    """A delivery: where it was dropped, what it says, and whether it counts."""

    source: str
    file: str
    rows: pl.DataFrame
    counts: bool = True


@dataclass
class SmallCentre:
    """A workspace, the world that delivers into it, and what was delivered so far."""

    workspace: Workspace
    world: SampleWorld
    deliveries: list[Delivered] = field(default_factory=list)
    sources: tuple[str, ...] = SOURCES

    @classmethod
    def begin(
        cls,
        root: Path,
        until: dt.date,
        *,
        settings: str = "",
        sources: tuple[str, ...] = SOURCES,
        seed: int = 3,
    ) -> SmallCentre:
        """A centre whose files up to a day lie in landing/, one per source."""
        world = simulate(SampleConfig(n_agents=60, months=8, seed=seed, end=END))
        centre = cls(Workspace(root), world, sources=sources)
        for source in sources:
            centre.deliver(source, "history.csv", centre.between(source, dt.date.min, until))
        centre.workspace.settings_file.write_text(settings)
        return centre

    def between(self, source: str, after: dt.date, until: dt.date) -> pl.DataFrame:
        """The world's rows of a source whose day lies after one day and not after another."""
        day = pl.col(contract(source).date_column).cast(pl.Date)
        return self.world.frame(source).filter(day > after, day <= until)

    def deliver(self, source: str, file: str, rows: pl.DataFrame) -> Path:
        """Drop a file whole, and count it; its name begins with its place in the order."""
        name = f"{len(self.deliveries):04d}_{file}"
        path = self.workspace.landing_source(source) / name
        _drop(path, rows)
        self.deliveries.append(Delivered(source, name, rows))
        return path

    def deliver_day(self, day: dt.date) -> list[Path]:
        """Drop what one day brought, a file per source that has something."""
        before = day - dt.timedelta(days=1)
        slices = {source: self.between(source, before, day) for source in self.sources}
        return [
            self.deliver(source, f"{day}.csv", rows)
            for source, rows in slices.items()
            if rows.height
        ]

    def correct(self, source: str, file: str, column: str, value: Any, n_rows: int) -> Path:
        """Deliver the newest rows of a source again, one column changed."""
        changed = self.expected(source).tail(n_rows).with_columns(pl.lit(value).alias(column))
        return self.deliver(source, file, changed)

    def take_no_account_of(self, path: Path) -> None:
        """A delivery was withdrawn or refused: it counts for nothing."""
        (found,) = (each for each in self.deliveries if each.file == path.name)
        found.counts = False

    def anew(self, root: Path) -> Workspace:
        """Another workspace with all that counts in landing/, and with the same pseudonyms."""
        other = Workspace(root)
        for each in self.deliveries:
            if each.counts:
                _drop(other.landing_source(each.source) / each.file, each.rows)
        shutil.copy(self.workspace.settings_file, other.settings_file)
        other.private.mkdir(mode=0o700)
        shutil.copy(self.workspace.pseudonym_key_file, other.pseudonym_key_file)
        return other

    def expected(self, source: str) -> pl.DataFrame:
        """What must stand of a source: of each key the row that was delivered last."""
        key = list(contract(source).key)
        counting = [each.rows for each in self.deliveries if each.source == source and each.counts]
        return pl.concat(counting).unique(key, keep="last", maintain_order=True).sort(key)

    def assert_staged(self) -> None:
        """No delivered row is lost, doubled or other than it was delivered."""
        with open_warehouse(self.workspace.warehouse_file, read_only=True) as con:
            for source in self.sources:
                expected = self.expected(source)
                found = fetch(con, f"select {', '.join(expected.columns)} from staging.{source}")
                found = found.sort(contract(source).key)
                assert found.height == expected.height, (source, found.height, expected.height)
                for name in expected.columns:
                    one, other = plain(expected[name]), plain(found[name])
                    assert one.equals(other, null_equal=True), f"{source}.{name} differs"


def _drop(path: Path, rows: pl.DataFrame) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}")
    rows.write_csv(half, datetime_format="%Y-%m-%dT%H:%M:%S")
    half.rename(path)


def contract(source: str) -> Source:
    return load_contracts().source(source)


def plain(values: pl.Series) -> pl.Series:
    """Values whose types don't matter: numbers as such, everything else as text."""
    if values.dtype.is_numeric():
        return values.cast(pl.Float64).round(6)
    if values.dtype == pl.Boolean:
        return values
    if isinstance(values.dtype, pl.Datetime):
        values = values.dt.cast_time_unit("us")
    return values.cast(pl.String)


def whole_publication(workspace: Workspace) -> int:
    """The refresh whose publication stands; it must be whole, and of one refresh."""
    manifest = read_manifest(workspace.published)
    assert manifest is not None, "a publication without a manifest"
    check_unchanged(workspace.published, manifest)
    number = manifest.refresh_id
    assert (workspace.published / SITE_REFRESH).read_text() == f"{number}\n"
    with open_warehouse(workspace.published_analytics, read_only=True) as con:
        newest = fetch(con, "select max(refresh_id) from meta.refresh where status = 'published'")
        fetch(con, "select count(*), sum(n_people_a) from outcomes.comparison")
    assert newest.item() == number
    return number
