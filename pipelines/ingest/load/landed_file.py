"""A file in the landing folder, together with all that decides what becomes of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from pipelines.config.mapping import SourceMapping
from pipelines.config.settings import Limits
from pipelines.contracts.sources import Source
from pipelines.ingest.load.file_ledger import FileEntry, LedgerFile
from pipelines.ingest.read.landing_folder import LandingFile
from pipelines.ingest.read.limits import DEFAULT
from pipelines.personal_data.erased_people import NOBODY, Erased


@dataclass(frozen=True)
class LandedFile:
    """One file's content, how its source is mapped, and what the ledger knew of it before.

    ``source`` is the contract; for a tombstone its key columns only. ``refused_before`` is the
    ledger line that says the same content was refused under this name. ``quarantine`` is the
    folder that rejected rows go back to, None for nowhere. The rows of people in ``erased`` are
    left out.
    """

    file: LandingFile
    source: Source
    mapping: SourceMapping
    content: bytes
    sha256: str
    stamp: str | None
    refused_before: LedgerFile | None
    quarantine: Path | None
    now: dt.datetime
    erased: Erased = NOBODY
    limits: Limits = DEFAULT

    @property
    def place(self) -> str:
        """The file as it is named to people."""
        return f"{self.source.name}/{self.file.name}"

    def entry(self, file_id: int, status: str) -> FileEntry:
        """A ledger line for the file; one that was refused keeps the time it was first seen."""
        before = self.refused_before
        return FileEntry(
            file_id=file_id,
            source=self.source.name,
            file=self.file.name,
            sha256=self.sha256,
            status=status,
            first_seen_at=before.first_seen_at if before else self.now,
            mapping=self.mapping.fingerprint,
            stamp=self.stamp,
        )


def contract_for(file: LandingFile, source: Source) -> Source:
    """The contract that a file is held to: of a tombstone, the key and nothing else."""
    if not file.is_tombstone:
        return source
    columns = tuple(column for column in source.columns if column.name in source.key)
    return source.model_copy(update={"columns": columns})
