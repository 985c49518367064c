"""A landing folder and a warehouse in memory for the ingest tests."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipelines.config.mapping import SourceMapping
from pipelines.config.settings import Limits, parse_settings
from pipelines.contracts.sources import Source, load_contracts
from pipelines.core.sql_models import SQL_FOLDER
from pipelines.core.warehouse import Connection, build_model, fetch, open_warehouse
from pipelines.ingest.load.ingest_report import IngestReport
from pipelines.ingest.load.ingest_source import ingest_source

NOW = dt.datetime(2026, 11, 1, 2, 30, tzinfo=dt.UTC)


@dataclass
class Landing:
    """One source's landing folder with the warehouse it goes into."""

    con: Connection
    folder: Path
    source: Source
    mapping: SourceMapping = field(default_factory=SourceMapping)
    limits: Limits = field(default_factory=Limits)

    @property
    def quarantine(self) -> Path:
        """Where the source's rejected rows go back to."""
        return self.folder.parent / "private" / "quarantine" / self.source.name

    def drop(self, name: str, content: bytes | str) -> None:
        """Put a file into the landing folder, in place of one of that name."""
        data = content.encode("utf-8") if isinstance(content, str) else content
        (self.folder / name).write_bytes(data)

    def refresh(self, now: dt.datetime = NOW, *, is_emptied: bool = False) -> IngestReport:
        """Take in what lies in the folder; ``is_emptied``: nothing lies in any folder."""
        return ingest_source(
            self.con,
            self.source,
            self.folder,
            raw=self.folder.parent / "private" / "raw",
            now=now,
            mapping=self.mapping,
            quarantine=self.quarantine,
            limits=self.limits,
            is_emptied=is_emptied,
        )

    def staged(self) -> list[dict[str, Any]]:
        """The staged rows in order of their key."""
        order = ", ".join(self.source.key)
        return fetch(
            self.con, f"select * from staging.{self.source.name} order by {order}"
        ).to_dicts()

    def files(self) -> dict[str, dict[str, Any]]:
        """The newest line of `quality.ingested_file` for every file name."""
        rows = fetch(self.con, "select * from quality.ingested_file").to_dicts()
        return {row["file"]: row for row in rows}

    def rejected(self) -> list[tuple[Any, ...]]:
        """Every rejected cell: line, rule, column, value."""
        return fetch(
            self.con,
            "select line_number, rule, column_name, value from ledger.rejected_cell order by all",
        ).rows()


@contextmanager
def landing(tmp_path: Path, source: str, **mapping: Any) -> Iterator[Landing]:
    """An empty landing folder of a source, as it is mapped, and a warehouse in memory."""
    folder = tmp_path / source
    folder.mkdir(parents=True, exist_ok=True)
    with open_warehouse(Path(":memory:")) as con:
        contract = load_contracts().source(source)
        yield Landing(con, folder, contract, declared(source, **mapping))


def declared(source: str, **mapping: Any) -> SourceMapping:
    """A mapping as the settings would take it."""
    settings = parse_settings({"mapping": {source: mapping}} if mapping else {})
    return settings.mapping.get(source, SourceMapping())


def assert_invariant(place: Landing) -> None:
    """Nothing is lost: the ledger adds up, and agrees with raw and staging."""
    name = place.source.name
    for row in fetch(place.con, "select * from ledger.file where status = 'loaded'").to_dicts():
        counts = row["n_accepted"] + row["n_quarantined"] + row["n_superseded"]
        assert row["n_rows"] == counts, row
        if row["copy_of"] is None:
            raw = fetch(
                place.con,
                f"select count(*) as n_rows, count(*) filter (is_quarantined) as n_quarantined "
                f"from raw.{name} where file_id = ?",
                [row["file_id"]],
            ).row(0)
            assert raw == (row["n_rows"], row["n_quarantined"])
    standing = fetch(
        place.con,
        "select file_id, n_accepted from ledger.file where n_accepted > 0 "
        f"and file_id not in (select file_id from raw.{name} where is_tombstone) order by file_id",
    ).rows()
    staged = fetch(
        place.con, f"select file_id, count(*) from staging.{name} group by file_id order by file_id"
    ).rows()
    assert standing == staged
    _assert_staged_as_the_model_says(place)


def _assert_staged_as_the_model_says(place: Landing) -> None:
    """What each delivery left of staging is what the model makes of all of raw."""
    name = place.source.name
    kept = fetch(place.con, f"select * from staging.{name} order by all")
    build_model(place.con, "staging.by_model", SQL_FOLDER / "staging" / f"{name}.sql")
    by_model = fetch(place.con, "select * from staging.by_model order by all")
    place.con.execute("drop table staging.by_model")
    assert kept.schema == by_model.schema
    assert kept.equals(by_model)
