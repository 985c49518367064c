"""Deliveries as text tables: every value as delivered, by column name, with its line."""

from __future__ import annotations

from pipelines.config.mapping import SourceMapping
from pipelines.config.settings import Limits
from pipelines.contracts.sources import Source
from pipelines.ingest.read.delimited import read_delimited
from pipelines.ingest.read.delivery import Delivery, without_repeated_header
from pipelines.ingest.read.integrity import open_text
from pipelines.ingest.read.json_lines import read_json_lines
from pipelines.ingest.read.landing_folder import LandingFile
from pipelines.ingest.read.limits import DEFAULT, check_rows
from pipelines.ingest.read.parquet import read_parquet
from pipelines.ingest.read.xlsx_reader import read_excel

CANONICAL = SourceMapping()
"""Nothing declared: canonical names, values and notation."""


def read_delivery(
    content: bytes,
    file: LandingFile,
    source: Source,
    mapping: SourceMapping = CANONICAL,
    limits: Limits = DEFAULT,
) -> Delivery:
    """Read one file in full.

    Raises `GateError` with what is wrong and what to do, where rows could get lost in reading or
    the file holds more than it may.
    """
    delivery = without_repeated_header(_read(content, file, source, mapping, limits))
    check_rows(delivery.n_rows, limits)
    return delivery


def _read(
    content: bytes, file: LandingFile, source: Source, mapping: SourceMapping, limits: Limits
) -> Delivery:
    match file.format:
        case "parquet":
            return read_parquet(content, source, mapping, limits)
        case "xlsx":
            return read_excel(content, source, mapping, limits)
    text = open_text(
        content,
        is_gzipped=file.is_gzipped,
        encoding=mapping.encoding,
        source=source.name,
        limits=limits,
    )
    match file.format:
        case "jsonl":
            return read_json_lines(text, source, mapping, limits)
        case "tsv":
            return read_delimited(text, "\t", source, mapping)
        case _:
            return read_delimited(text, mapping.delimiter or ",", source, mapping)
