"""A workspace with feeds and a warehouse in memory for the tests of recipes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipelines.config.settings import load_settings
from pipelines.contracts.sources import load_contracts
from pipelines.core.warehouse import Connection, fetch, open_warehouse
from pipelines.ingest.load.ingest_report import IngestReport
from pipelines.ingest.load.ingest_source import ingest_source
from pipelines.ingest.load.source_folders import looks_people_up
from pipelines.personal_data.erased_people import NOBODY, Erased

NOW = dt.datetime(2026, 11, 1, 2, 30, tzinfo=dt.UTC)
ORDER = ("roster", "people", "shifts", "attrition", "coaching_sessions", "fatigue_surveys")
"""What recipes look up comes first, as in the asset graph."""


@dataclass
class Feeds:
    """A workspace's landing folders, its settings file, and the warehouse they go into."""

    con: Connection
    root: Path
    erased: Erased = NOBODY
    known: set[str] = field(default_factory=set)

    def drop(self, name: str, content: bytes | str) -> None:
        """Put a file into ``landing/``, by ``folder/name``."""
        path = self.root / "landing" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)

    def declare(self, text: str) -> None:
        """Write settings.toml."""
        (self.root / "settings.toml").write_text(text)

    def recipe(self, name: str, toml: str, **queries: str) -> None:
        """Write a recipe of the organisation's own."""
        folder = self.root / "recipes" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "recipe.toml").write_text(toml)
        for source, query in queries.items():
            (folder / f"{source}.sql").write_text(query)

    def refresh(self, *names: str) -> dict[str, IngestReport]:
        """Take in some sources, or all that have a folder, a feed or rows."""
        settings, contracts = load_settings(self.root / "settings.toml"), load_contracts()
        fed = {source for feed in settings.feeds for source in feed.recipe.sources}
        self.known |= fed | {path.name for path in (self.root / "landing").iterdir()}
        others = [each.name for each in contracts.landing if each.name not in ORDER]
        first = ("people",) if looks_people_up(settings.feeds) else ()
        return {
            name: ingest_source(
                self.con,
                contracts.source(name),
                self.root / "landing" / name,
                raw=self.root / "private" / "raw",
                now=NOW,
                mapping=settings.mapping.get(name),
                quarantine=self.root / "private" / "quarantine" / name,
                feeds=settings.feeds,
                time_zone=settings.time_zone,
                erased=self.erased,
            )
            for name in (*first, *ORDER, *others)
            if name in (names or self.known)
        }

    def staged(self, source: str) -> list[dict[str, Any]]:
        """The staged rows in order of their key."""
        key = ", ".join(load_contracts().source(source).key)
        return fetch(self.con, f"select * from staging.{source} order by {key}").to_dicts()


@contextmanager
def feeds(
    root: Path, time_zone: str = "UTC", warehouse: Path = Path(":memory:")
) -> Iterator[Feeds]:
    """An empty workspace and a warehouse in memory, if no file of one is named."""
    (root / "landing").mkdir(parents=True, exist_ok=True)
    with open_warehouse(warehouse, time_zone=time_zone) as con:
        yield Feeds(con, root)


PEOPLE = "employee_id,system,other_id\n"
ROSTER = "employee_id,effective_date,hire_date,site,team,role\n"


def employed(*identifiers: str) -> str:
    """A roster of agents."""
    rows = (f"{each},2024-01-01,2024-01-01,North,Red,agent\n" for each in identifiers)
    return ROSTER + "".join(rows)
