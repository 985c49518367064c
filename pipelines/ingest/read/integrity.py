"""From a file to its decoded text: decompressed in full and checked before any reader sees it.

Readers drop rows silently when a file is cut, badly quoted or in another encoding. What passes
here is complete UTF-8 text.
"""

from __future__ import annotations

import codecs
import gzip
import io
import zlib

import numpy as np

from pipelines.config.settings import Limits
from pipelines.core.errors import GateError
from pipelines.ingest.read.limits import DEFAULT, allowed_bytes, too_many_bytes


class PrivateGateError(GateError):
    """A refusal whose message quotes the file; ``public_reason`` says the same without.

    What looks like a header may be a row of somebody's data.
    """

    def __init__(self, reason: str, public_reason: str) -> None:
        super().__init__(reason)
        self.public_reason = public_reason


UTF8_BOM = b"\xef\xbb\xbf"
_UTF16_BOMS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_BLOCK = 1 << 20
_FOREIGN_STARTS = {
    b"\x1f\x8b": "is compressed by gzip, but its name doesn't end in .gz; rename it",
    b"PK\x03\x04": "is a zip archive or an Excel workbook; a workbook's name must end in .xlsx",
    b"\xd0\xcf\x11\xe0": "is a workbook of Excel 97-2003; save it as .xlsx or CSV",
    b"PAR1": "is a Parquet file; give it a name that ends in .parquet",
}
_MARKUP = (b"<html", b"<!doctype", b"<table", b"<?xml", b"<style", b"<head", b"<meta")
_BLOCK_OF_START = 1000
_DECLARE = "save it as UTF-8, or declare its encoding under [mapping.{source}] in settings.toml: {}"


def open_text(
    content: bytes,
    *,
    is_gzipped: bool,
    encoding: str | None = None,
    source: str = "<source>",
    limits: Limits = DEFAULT,
) -> bytes:
    """The verified UTF-8 text of a delimited file or JSON lines, without byte order mark.

    A byte order mark tells the encoding for certain and goes before the declared one, and text
    that is valid UTF-8 is UTF-8: mended files come back so. Undeclared other text is refused.

    Raises `GateError` where the file is empty, cut, damaged or not in the declared encoding.
    """
    if not content:
        raise GateError("the file is empty (0 bytes); expected at least a header line")
    text = unpacked(content, limits) if is_gzipped else content
    if is_gzipped and text.startswith(b"\x1f\x8b"):
        raise GateError("the file is compressed twice; unpack it once")
    _refuse_foreign(text)
    text = _as_utf8(text, encoding, source)
    if not text or text.isspace():
        raise GateError("the file has no text; expected at least a header line")
    nul = text.find(b"\0")
    if nul >= 0:
        raise GateError(
            f"byte {nul + 1} is a NUL, which text doesn't have; perhaps the file is damaged, or "
            f"in UTF-16: {_declare(source, 'utf-16')}"
        )
    return text


def unpacked(content: bytes, limits: Limits = DEFAULT) -> bytes:
    """The whole content of a gzip file, every checksum verified, its bytes counted as they come."""
    allowed = allowed_bytes(len(content), limits)
    pieces, n_bytes = [], 0
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as stream:
            while piece := stream.read(_BLOCK):
                pieces.append(piece)
                n_bytes += len(piece)
                if n_bytes > allowed:
                    raise too_many_bytes(len(content), allowed, limits)
    except EOFError as error:
        raise GateError(
            "the compressed file is cut off before its end; transfer it again"
        ) from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise GateError(f"the compressed file is damaged ({error}); transfer it again") from error
    return b"".join(pieces)


def _refuse_foreign(content: bytes) -> None:
    for start, reason in _FOREIGN_STARTS.items():
        if content.startswith(start):
            raise GateError(f"the file {reason}")
    if content.removeprefix(UTF8_BOM)[:_BLOCK_OF_START].lstrip().lower().startswith(_MARKUP):
        raise GateError(
            "the file is a web page or XML, whatever its name says, as some systems export for "
            "Excel; open it there and save it as .xlsx, or export CSV"
        )


def _as_utf8(text: bytes, encoding: str | None, source: str) -> bytes:
    is_undeclared = encoding in (None, "utf-8")
    by_mark = _UTF16_BOMS.get(text[:2])
    if by_mark is not None:
        if is_undeclared:
            raise GateError(f"the file is in UTF-16; {_declare(source, 'utf-16')}")
        return _transcoded(text[2:], by_mark)
    if text.startswith(UTF8_BOM):
        text = text.removeprefix(UTF8_BOM)
        encoding, is_undeclared = None, True
    wrong = _not_utf8(text)
    if wrong is None and (is_undeclared or b"\0" not in text):
        return text
    if wrong is not None and is_undeclared:
        line = text.count(b"\n", 0, wrong) + 1
        raise GateError(f"byte {wrong + 1} (line {line}) isn't UTF-8; {_declare(source, 'cp1252')}")
    assert encoding is not None
    return _transcoded(text, _byte_order(text) if encoding == "utf-16" else encoding)


def _not_utf8(text: bytes) -> int | None:
    """Where the first byte stands that isn't UTF-8; decoded in blocks, for none is kept."""
    if text.isascii():
        return None
    view, start = memoryview(text), 0
    while start < len(text):
        end = min(start + _BLOCK, len(text))
        try:
            start += codecs.utf_8_decode(view[start:end], "strict", end == len(text))[1]
        except UnicodeDecodeError as error:
            return start + error.start
    return None


def _byte_order(text: bytes) -> str:
    """Little or big end of UTF-16 without a mark: delimiters and digits have a NUL on one side."""
    return "utf-16-le" if text[1::2].count(0) >= text[::2].count(0) else "utf-16-be"


def _transcoded(text: bytes, encoding: str) -> bytes:
    try:
        decoded = text.decode(encoding)
        if encoding in ("latin-1", "iso-8859-15"):
            _refuse_control_characters(text, encoding)
        return decoded.removeprefix("\ufeff").encode("utf-8")
    except UnicodeError as error:
        start = getattr(error, "start", 0)
        raise GateError(
            f"byte {start + 1} can't be read in the declared encoding {encoding} (nor is the file "
            "UTF-8); correct `encoding` in settings.toml, or export the file again"
        ) from error


def _refuse_control_characters(text: bytes, encoding: str) -> None:
    """Refuse bytes 0x80-0x9F: no letters in ISO 8859, but quotes and dashes in cp1252."""
    values = np.frombuffer(text, dtype=np.uint8)
    found = np.flatnonzero((values >= 0x80) & (values < 0xA0))
    if found.size:
        raise GateError(
            f"byte {found[0] + 1} is no character in the declared encoding {encoding}; "
            'probably encoding = "cp1252" is meant'
        )


def _declare(source: str, example: str) -> str:
    return _DECLARE.format(f'encoding = "{example}", for example', source=source)
