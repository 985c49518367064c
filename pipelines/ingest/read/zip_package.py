"""The zip package of a workbook, unpacked by counting what really comes out of every part.

The sizes and checksums in a package's directory are claims: a reader that takes the sizes for true
reserves or fills gigabytes for a file of a few kilobytes. Here a part is unpacked block by block
and given up at the first byte beyond its claim, and the claims together are held to the limit. The
parts are then packed anew, uncompressed, for the reader of the cells, which thereby sees exactly
what was counted and has nothing left to unpack.
"""

from __future__ import annotations

import io
import zipfile

from pipelines.config.settings import Limits
from pipelines.core.errors import GateError
from pipelines.ingest.read.limits import allowed_bytes, too_many_bytes

MAX_PARTS = 10_000
"""A workbook has a few parts for each sheet."""
NOT_SOUND = "the file isn't a sound Excel workbook"
_ENTRY = b"PK\x01\x02"
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_READ = (".xml", ".rels")
"""Pictures, macros and the like are verified, not kept."""
_BLOCK = 1 << 18


def unpack(content: bytes, limits: Limits) -> dict[str, bytes]:
    """The XML parts by name; raises `GateError` where any part is damaged or there is too much."""
    if content.count(_ENTRY) > MAX_PARTS:
        raise GateError(f"{NOT_SOUND}: it has more than {MAX_PARTS:,} parts; export it again")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            return _parts(package, len(content), limits)
    except GateError:
        raise
    except Exception as error:  # zipfile raises a dozen kinds of errors on damaged packages
        raise GateError(f"{NOT_SOUND}; transfer or save it again") from error


def repack(parts: dict[str, bytes]) -> bytes:
    """A package of these parts, uncompressed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as package:
        for name, part in parts.items():
            package.writestr(name, part)
    return buffer.getvalue()


def _parts(package: zipfile.ZipFile, n_packed: int, limits: Limits) -> dict[str, bytes]:
    entries = {entry.filename.lstrip("/"): entry for entry in package.infolist()}
    if len({name.lower() for name in entries}) < len(package.infolist()):
        raise GateError(f"{NOT_SOUND} (it has a part twice); save it again in Excel")
    allowed = allowed_bytes(n_packed, limits)
    if sum(entry.file_size for entry in entries.values()) > allowed:
        raise too_many_bytes(n_packed, allowed, limits)
    parts = {}
    for name, entry in entries.items():
        is_read = name.lower().endswith(_READ)
        pieces = _unpacked(package, entry, is_kept=is_read)
        if is_read:
            parts[name] = b"".join(pieces)
    return parts


def _unpacked(package: zipfile.ZipFile, entry: zipfile.ZipInfo, *, is_kept: bool) -> list[bytes]:
    """A part's blocks; refused at the first byte beyond its claim, which was allowed for."""
    if entry.compress_type not in _METHODS:
        raise GateError(f"{NOT_SOUND} (its compression isn't Excel's); save it again in Excel")
    n_claimed = entry.file_size
    entry.file_size = n_claimed + 1  # else the reader silently stops at the claim
    pieces, n_bytes = [], 0
    with package.open(entry) as stream:
        while piece := stream.read(_BLOCK):
            n_bytes += len(piece)
            if is_kept:
                pieces.append(piece)
    if n_bytes != n_claimed:
        raise GateError(
            f"{NOT_SOUND}: a part unpacks to another size than its package says; transfer or save "
            "it again"
        )
    return pieces
