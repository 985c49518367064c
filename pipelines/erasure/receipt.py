"""Receipts: what was erased when and where, without the person, and a seal that shows changes.

A receipt names the person by the keyed hash alone. Its seal is an HMAC-SHA-256 over everything
in it, under the erasure key; each receipt has the seal of the one before it, so that a receipt
can be neither changed nor taken out of the middle unnoticed.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipelines.core.errors import PipelineError
from pipelines.core.private_files import write_private
from pipelines.core.workspace import PRIVATE_MODE
from pipelines.personal_data.erasure_registry import UnderWay, as_json

KIND = "erasure"


class ReceiptError(PipelineError):
    """A receipt that can't be read, or isn't what was written."""


def write_receipt(
    folder: Path, key: bytes, under_way: UnderWay, *, ended_at: str, details: Mapping[str, Any]
) -> Path:
    """Write the receipt of an erasure that has ended; returns where.

    ``details`` say what was published without the person and by which code; times are ISO 8601.
    """
    folder.mkdir(mode=PRIVATE_MODE, exist_ok=True)
    before = _all(folder)
    content = {
        "kind": KIND,
        "number": len(before) + 1,
        "people": list(under_way.people),
        "began_at": under_way.began_at,
        "ended_at": ended_at,
        "removed": under_way.removed,
        "landing_files": list(under_way.landing_files),
        **details,
        "seal_before": _read(before[-1])["seal"] if before else None,
    }
    path = folder / f"{len(before) + 1:06d}.json"
    write_private(path, as_json({**content, "seal": _seal(key, content)}))
    return path


def read_receipt(path: Path, key: bytes) -> dict[str, Any]:
    """The content of a receipt as it was written.

    Raises `ReceiptError` where it or its place in the row of receipts was changed.
    """
    content = _read(path)
    seal = content.pop("seal", "")
    if not hmac.compare_digest(str(seal), _seal(key, content)):
        raise ReceiptError(
            f"{path.name} isn't what was written: its seal doesn't fit its content. Somebody "
            "changed it, or the erasure key is another one"
        )
    before = [each for each in _all(path.parent) if each.name < path.name]
    expected = _read(before[-1]).get("seal") if before else None
    if len(before) != content["number"] - 1 or content["seal_before"] != expected:
        raise ReceiptError(
            f"{path.name} is in order, but the receipts before it aren't: one was changed or is "
            "missing"
        )
    return content


def _all(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.json"))


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="ascii"))
    except (OSError, ValueError) as error:
        raise ReceiptError(f"{path.name} is no receipt, or can't be read") from error
    if not isinstance(content, dict) or content.get("kind") != KIND:
        raise ReceiptError(f"{path.name} is no receipt")
    return content


def _seal(key: bytes, content: Mapping[str, Any]) -> str:
    return hmac.digest(key, b"receipt\0" + as_json(content), "sha256").hex()
