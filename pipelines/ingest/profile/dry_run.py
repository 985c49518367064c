"""What a mapping would make of a file: read and judged in memory, nothing kept."""

from __future__ import annotations

from pathlib import Path

from pipelines.config.mapping import SourceMapping
from pipelines.contracts.sources import Source
from pipelines.core.errors import GateError
from pipelines.core.warehouse import open_warehouse
from pipelines.ingest.load.close_weeks import told_together
from pipelines.ingest.load.landed_file import contract_for
from pipelines.ingest.load.load_delivery import SHOWN_PROBLEMS
from pipelines.ingest.read.landing_folder import landing_file
from pipelines.ingest.read.limits import DEFAULT
from pipelines.ingest.shape.file_reader import CanonicalReader
from pipelines.ingest.validate.validation import validate


def try_mapping(path: Path, source: Source, mapping: SourceMapping) -> list[str]:
    """Say in a few lines how many rows would be read, and what the first problems would be."""
    file = landing_file(path)
    contract = contract_for(file, source)
    content = path.read_bytes()
    try:
        delivery = CanonicalReader(mapping).read(content, file, contract, DEFAULT)
    except GateError as error:
        return [f"the file would be refused: {error}"]
    with open_warehouse(Path(":memory:")) as con:
        found = validate(con, contract, delivery, mapping)
        validation = found if file.is_tombstone else told_together(found, contract, of_feed=False)
    verdict = ", too many: it would be refused" if validation.is_refused(contract) else ""
    return [
        f"{delivery.n_rows:,} rows read, {validation.n_quarantined:,} break a rule{verdict}",
        *(problem.describe() for problem in validation.first_problems(SHOWN_PROBLEMS)),
        *validation.delivery.notes,
    ]
