"""What became of the files of one source in one refresh."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class IngestReport:
    """Numbers and sentences for the log, the metadata and the checks of one source.

    Row counts are about the files loaded in this refresh. ``n_superseded`` are rows in them
    that a later row replaces, ``n_replaced`` rows of earlier deliveries that these files
    replaced.
    """

    source: str
    n_files_loaded: int = 0
    n_files_known: int = 0
    """Files that had been loaded before, copies of loaded files among them."""
    n_files_refused: int = 0
    n_rows: int = 0
    n_accepted: int = 0
    n_quarantined: int = 0
    n_superseded: int = 0
    n_replaced: int = 0
    gate_refusals: tuple[str, ...] = ()
    """Files that can't be taken at all; the others go on."""
    delivery_refusals: tuple[str, ...] = ()
    """Deliveries with too many rejected rows; they block the refresh."""
    problems: tuple[str, ...] = ()
    """The first rejected values of each loaded file."""
    notes: tuple[str, ...] = ()
    """What is worth knowing but needs no action: copies, unknown columns."""
