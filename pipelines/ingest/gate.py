"""The gate: a file is decompressed in full, checked and decoded before any reader sees it.

Readers drop rows silently when a file is cut, badly quoted or in another encoding. What passes
here is complete UTF-8 text with one kind of line end.
"""

from __future__ import annotations

import gzip
import zlib

import numpy as np

from pipelines.errors import GateError


class PrivateGateError(GateError):
    """A refusal whose message quotes the file; ``public_reason`` says the same without.

    What looks like a header may be a row of somebody's data.
    """

    def __init__(self, reason: str, public_reason: str) -> None:
        super().__init__(reason)
        self.public_reason = public_reason


_UTF8_BOM = b"\xef\xbb\xbf"
_UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")
_FOREIGN_STARTS = {
    b"\x1f\x8b": "is compressed by gzip, but its name doesn't end in .gz; rename it",
    b"PK\x03\x04": "is a zip archive or an Excel workbook; export it as CSV in UTF-8",
    b"PAR1": "is a Parquet file; give it a name that ends in .parquet",
}


def open_text(content: bytes, *, is_gzipped: bool) -> bytes:
    """The verified UTF-8 text of a delimited file, without byte order mark.

    Raises `GateError` where the file is empty, cut, damaged or not UTF-8.
    """
    if not content:
        raise GateError("the file is empty (0 bytes); expected at least a header line")
    text = _decompressed(content) if is_gzipped else content
    if not is_gzipped:
        _refuse_foreign(text)
    if text.startswith(_UTF16_BOMS):
        raise GateError("the file is in UTF-16; save it as UTF-8 and drop it again")
    text = text.removeprefix(_UTF8_BOM)
    if not text.strip():
        raise GateError("the file has no text; expected at least a header line")
    _check_encoding(text)
    return text


def _decompressed(content: bytes) -> bytes:
    try:
        return gzip.decompress(content)
    except EOFError as error:
        raise GateError(
            "the compressed file is cut off before its end; transfer it again"
        ) from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise GateError(f"the compressed file is damaged ({error}); transfer it again") from error


def _refuse_foreign(content: bytes) -> None:
    for start, reason in _FOREIGN_STARTS.items():
        if content.startswith(start):
            raise GateError(f"the file {reason}")


def _check_encoding(text: bytes) -> None:
    values = np.frombuffer(text, dtype=np.uint8)
    nul = text.find(b"\0")
    if nul >= 0:
        raise GateError(
            f"byte {nul + 1} is a NUL, which text doesn't have; perhaps the file is in UTF-16 or "
            "damaged. Save it as UTF-8 and drop it again"
        )
    if not values.size or values.max() < 0x80:
        return
    try:
        text.decode("utf-8")
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        raise GateError(
            f"byte {error.start + 1} (line {line}) isn't UTF-8; save the file as UTF-8 "
            "and drop it again"
        ) from error
