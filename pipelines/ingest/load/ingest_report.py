"""What became of the files of one source in one refresh."""

from __future__ import annotations

from dataclasses import dataclass, replace


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

    def after(self, before: IngestReport | None) -> IngestReport:
        """The report with what an intake before it loaded; what that refused was tried again."""
        if before is None:
            return self
        return replace(
            self,
            n_files_loaded=self.n_files_loaded + before.n_files_loaded,
            n_files_known=max(0, self.n_files_known - before.n_files_loaded),
            n_rows=self.n_rows + before.n_rows,
            n_accepted=self.n_accepted + before.n_accepted,
            n_quarantined=self.n_quarantined + before.n_quarantined,
            n_superseded=self.n_superseded + before.n_superseded,
            n_replaced=self.n_replaced + before.n_replaced,
            problems=(*before.problems, *self.problems),
            notes=(*before.notes, *self.notes),
        )
