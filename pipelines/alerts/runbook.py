"""Which entry of the runbook helps: an alert's kind and cause come in, a heading goes out.

The entries are headings of ``docs/operations.md``; a test holds that each stands there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

RUNBOOK = "docs/operations.md"


@dataclass(frozen=True)
class RunbookEntry:
    """A heading of the runbook."""

    title: str

    @property
    def anchor(self) -> str:
        """The heading as the end of an address."""
        return re.sub(r"[^\w\- ]", "", self.title.lower()).replace(" ", "-")

    def address(self, runbook: str) -> str:
        """Where to read it."""
        return f"{runbook}#{self.anchor}"


BY_KIND = {
    "refused": RunbookEntry("A refused or wrong delivery"),
    "late": RunbookEntry("A source is late"),
    "recovered": RunbookEntry("Recovered"),
    "failed": RunbookEntry("A fault of the program"),
}
"""By an alert's kind; of a failure whose cause isn't named below, the last."""

BY_CAUSE = {
    "SettingsError": RunbookEntry("Settings that can't be used"),
    "DiskFullError": RunbookEntry("The disk is full"),
    "MemoryShortError": RunbookEntry("Too little memory"),
    "ReadOnlyError": RunbookEntry("The workspace can't be written"),
    "NotAllowedError": RunbookEntry("Something isn't allowed"),
    "WarehouseLockedError": RunbookEntry("Another program holds the warehouse"),
    "WarehouseDamagedError": RunbookEntry("A damaged or lost warehouse"),
    "WarehouseTooNewError": RunbookEntry("The warehouse is newer than the program"),
    "RefreshBusyError": RunbookEntry("Another refresh is running"),
    "ArchiveError": RunbookEntry("Raw was changed by somebody"),
    "NotReadyError": RunbookEntry("The gate is shut"),
    "ErasureListError": RunbookEntry("A key can't be used"),
    "KeyFileError": RunbookEntry("A key can't be used"),
    "HalfErasedError": RunbookEntry("An erasure was broken off"),
    "RawFileMissingError": RunbookEntry("Raw was changed by somebody"),
    "RawDamagedError": RunbookEntry("Raw was changed by somebody"),
    "ClockSetBackError": RunbookEntry("The clock was set back"),
    "PublicationPlaceError": RunbookEntry("The publication lies on another disk"),
    "PlaceError": RunbookEntry("Something isn't where it must be"),
    "PublishedUnreadableError": RunbookEntry("The publication was changed by somebody"),
    "RawStoreError": RunbookEntry("The store of raw can't be used"),
    "StorageError": RunbookEntry("The storage of Dagster can't be used"),
    "EndedFromOutside": RunbookEntry("A refresh was ended from outside"),
}
"""By the kind of error that a refresh ended with."""


def entry_for(kind: str, cause: str) -> RunbookEntry:
    """The entry that helps; ``cause`` begins with the kind of the error."""
    error = cause.partition(" ")[0]
    return BY_CAUSE.get(error, BY_KIND["failed"]) if kind == "failed" else BY_KIND[kind]
