"""Landing files into the raw schema: gate, ledger, quarantine."""

from pipelines.ingest.deliveries import ingest_source
from pipelines.ingest.ledger import create_raw_tables
from pipelines.ingest.report import IngestReport

__all__ = ["IngestReport", "create_raw_tables", "ingest_source"]
