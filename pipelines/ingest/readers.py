"""Deliveries as text tables: every value as delivered, by column name, with its line."""

from __future__ import annotations

from pipelines.contracts.model import Source
from pipelines.ingest.delimited import read_delimited
from pipelines.ingest.delivery import Delivery
from pipelines.ingest.excel import read_excel
from pipelines.ingest.folder import LandingFile
from pipelines.ingest.gate import open_text
from pipelines.ingest.json_lines import read_json_lines
from pipelines.ingest.parquet import read_parquet
from pipelines.mapping import SourceMapping

CANONICAL = SourceMapping()
"""Nothing declared: canonical names, values and notation."""


def read_delivery(
    content: bytes, file: LandingFile, source: Source, mapping: SourceMapping = CANONICAL
) -> Delivery:
    """Read one file in full.

    Raises `GateError` with what is wrong and what to do, where rows could get lost in reading.
    """
    match file.format:
        case "parquet":
            return read_parquet(content, source, mapping)
        case "xlsx":
            return read_excel(content, source, mapping)
    text = open_text(
        content, is_gzipped=file.is_gzipped, encoding=mapping.encoding, source=source.name
    )
    match file.format:
        case "jsonl":
            return read_json_lines(text, source, mapping)
        case "tsv":
            return read_delimited(text, "\t", source, mapping)
        case _:
            return read_delimited(text, mapping.delimiter or ",", source, mapping)
