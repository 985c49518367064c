"""A landed file's delivery comes in, out goes what is kept of it, held against its contract."""

from __future__ import annotations

from pipelines.core.warehouse import Connection
from pipelines.ingest.load.close_weeks import told_together
from pipelines.ingest.load.drop_erased import without_erased
from pipelines.ingest.load.landed_file import LandedFile
from pipelines.ingest.read.delivery import Delivery
from pipelines.ingest.validate.validation import Validation, validate


def validate_kept(con: Connection, landed: LandedFile, delivery: Delivery) -> Validation:
    """Hold a delivery against its contract, the rows of erased people left out.

    Rows are judged first, because it takes the canonical values to tell whom they are about, and
    the rules to tell which rows have slipped: in those the identifier may stand in any column.
    """
    source, mapping, erased = landed.source, landed.mapping, landed.erased
    known = landed.reader.known_texts
    validation = validate(con, source, delivery, mapping, known)
    if erased:
        kept = without_erased(con, validation, source, erased)
        if kept is not delivery:
            validation = validate(con, source, kept, mapping, known)
    return (
        validation
        if landed.file.is_tombstone
        else told_together(validation, source, of_feed=landed.reader.feed is not None)
    )
