"""Landing files into raw and staging: gate, rules, ledger, quarantine."""

from pipelines.ingest.load.ingest_report import IngestReport
from pipelines.ingest.load.ingest_source import ingest_source

__all__ = ["IngestReport", "ingest_source"]
