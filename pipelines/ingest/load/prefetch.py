"""From landing files to text tables, side by side, before the warehouse is asked.

It touches no connection, so the next file is prepared while the one before it is loaded.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import time
from dataclasses import dataclass
from pathlib import Path

from pipelines.config.settings import Limits
from pipelines.contracts.sources import Source
from pipelines.core.errors import GateError
from pipelines.ingest.load.file_ledger import LOADED, REFUSED, WITHDRAWN, LedgerFile
from pipelines.ingest.load.landed_file import LandedFile, contract_for
from pipelines.ingest.read.delivery import Delivery
from pipelines.ingest.read.landing_fingerprint import stamp
from pipelines.ingest.read.landing_folder import LandingFile, not_read
from pipelines.ingest.read.landing_links import read_within
from pipelines.ingest.read.limits import DEFAULT, limit_bytes, too_large
from pipelines.ingest.shape.file_reader import FileReader
from pipelines.personal_data.erased_people import Erased

SETTLED_SECONDS = 2.0
"""A file that changed a moment ago may change again without its times showing it."""


@dataclass(frozen=True)
class Prepared:
    """A landing file, what the ledger knew of it, and its rows or why it can't be taken.

    ``delivery`` is None where the file is loaded already (``is_unchanged``).
    """

    file: LandingFile
    source: Source
    reader: FileReader
    before: LedgerFile | None
    content: bytes
    sha256: str
    stamp: str | None
    is_unchanged: bool
    delivery: Delivery | GateError | None
    limits: Limits

    def landed(self, quarantine: Path | None, now: dt.datetime, erased: Erased) -> LandedFile:
        """The file as it is loaded or refused."""
        refused = self.before if self.before and self.before.status == REFUSED else None
        is_same = refused is not None and refused.sha256 == self.sha256
        is_unreadable = not self.sha256
        return LandedFile(
            self.file,
            contract_for(self.file, self.source),
            self.reader,
            self.content,
            self.sha256,
            self.stamp,
            refused if is_same or is_unreadable else None,
            quarantine,
            now,
            erased,
            self.limits,
        )


def prepare(
    file: LandingFile,
    source: Source,
    reader: FileReader,
    before: LedgerFile | None,
    limits: Limits = DEFAULT,
) -> Prepared:
    """Read a file, unless it is loaded and hasn't changed; nothing is raised for what is in it."""
    loaded = before if before is not None and _is_known(before) else None

    def known(seen: str | None, content: bytes) -> Prepared:
        sha256 = (loaded.sha256 if loaded else None) or ""
        return Prepared(file, source, reader, before, content, sha256, seen, True, None, limits)

    def refused(reason: GateError) -> Prepared:
        return Prepared(file, source, reader, before, b"", "", None, False, reason, limits)

    if file.refusal is not None:
        return refused(GateError(file.refusal))
    try:
        seen = stamp_of(file.path)
        is_same_mapping = loaded is not None and reader.is_current(loaded.mapping)
        if loaded is not None and is_same_mapping and seen is not None and seen == loaded.stamp:
            return known(seen, b"")
        content = read_within(file.path, file.path.parent.parent, limit_bytes(limits))
        if content is None:
            return refused(too_large(limits))
        seen = seen if seen == stamp_of(file.path) else None
    except OSError as error:
        return refused(GateError(f"the file can't be read ({error.strerror})"))
    except GateError as error:
        return refused(error)
    sha256 = hashlib.sha256(content).hexdigest()
    if loaded is not None and loaded.sha256 == sha256:
        return known(seen, content)
    delivery = _read(content, file, source, reader, limits)
    return Prepared(file, source, reader, before, content, sha256, seen, False, delivery, limits)


def _is_known(line: LedgerFile) -> bool:
    """Whether a file needs no look while its content is the same.

    What was withdrawn stays so as long as its file lies there; dropped again it is a new delivery.
    """
    return line.status == LOADED or (line.status == WITHDRAWN and line.is_in_landing)


def stamp_of(path: Path) -> str | None:
    """A file's stamp, as a text that changes whenever its content does.

    None where it changed a moment ago: within the clock's grain a second change wouldn't show.
    """
    status = path.stat()
    return None if time.time() - status.st_ctime < SETTLED_SECONDS else stamp(status)


def _read(
    content: bytes, file: LandingFile, source: Source, reader: FileReader, limits: Limits
) -> Delivery | GateError:
    if file.format is None:
        return GateError(not_read(file))
    try:
        return reader.read(content, file, contract_for(file, source), limits)
    except GateError as error:
        return error
