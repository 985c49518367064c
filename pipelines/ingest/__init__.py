"""Landing files into raw and staging: gate, rules, ledger, quarantine."""

from pipelines.ingest.deliveries import ingest_source
from pipelines.ingest.report import IngestReport

__all__ = ["IngestReport", "ingest_source"]
