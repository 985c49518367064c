"""JSON lines: one object per line, every value as the text it was delivered in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NoReturn

from pipelines.config.mapping import SourceMapping
from pipelines.config.settings import Limits
from pipelines.contracts.sources import Source
from pipelines.core.errors import GateError
from pipelines.ingest.read.csv_records import MAX_RECORD_BYTES
from pipelines.ingest.read.delivery import (
    NOT_AN_OBJECT,
    BrokenRecord,
    Delivery,
    header_of,
    name_of,
    text_table,
)
from pipelines.ingest.read.limits import DEFAULT, check_rows

MAX_NAMES = 2_000
"""More different names than this are keys that should be values."""


class _Number(str):
    """A number in the digits it was delivered in; 1.10 stays 1.10, and 2**63 stays exact."""


class _NoObjectError(ValueError):
    """A line isn't an object whose values can be told apart; the message says why."""


def read_json_lines(
    text: bytes, source: Source, mapping: SourceMapping, limits: Limits = DEFAULT
) -> Delivery:
    """Read verified UTF-8 text, a line for a row; blank lines are none.

    Nested values are kept as JSON text. A line that isn't an object, or has a name twice, is a
    broken record. Raises `GateError` where the file is no JSON lines at all.
    """
    if text.lstrip().startswith(b"["):
        raise GateError("the file is one JSON list; deliver JSON lines: one object on each line")
    rows: list[dict[str, str | None]] = []
    lines: list[int] = []
    broken: list[BrokenRecord] = []
    names: dict[str, None] = {}
    for number, line in _lines(text):
        try:
            values = _values(line, mapping.decimal)
        except _NoObjectError as error:
            broken.append(BrokenRecord(number, line, NOT_AN_OBJECT, str(error), (line,)))
            continue
        rows.append(values)
        lines.append(number)
        check_rows(len(rows), limits)
        names.update(dict.fromkeys(values))
        if len(names) > MAX_NAMES:
            raise GateError(f"the objects have more than {MAX_NAMES:,} different names")
    if not rows:
        raise GateError("no line of the file is a JSON object; deliver one object on each line")
    header = header_of(tuple(names), source, mapping)
    columns = {name: [row.get(name) for row in rows] for name in header.names}
    return Delivery(
        text_table(columns, lines),
        header.names,
        tuple(broken),
        header.delivered_names,
        header.notes,
        header.is_return,
    )


def _lines(text: bytes) -> Iterator[tuple[int, str]]:
    ends = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    for number, line in enumerate(ends.split(b"\n"), start=1):
        if len(line) > MAX_RECORD_BYTES:
            raise GateError(
                f"line {number} has {len(line):,} bytes; at most {MAX_RECORD_BYTES:,} are taken. "
                "Perhaps the line ends are missing"
            )
        if line.strip():
            yield number, line.decode("utf-8")


def _values(line: str, decimal: str) -> dict[str, str | None]:
    """The values of one line by name, as text."""
    try:
        return _read_values(line, decimal)
    except _NoObjectError:
        raise
    except (ValueError, RecursionError) as error:
        raise _NoObjectError("is not a JSON object") from error


def _read_values(line: str, decimal: str) -> dict[str, str | None]:
    found = json.loads(
        line,
        parse_float=_Number,
        parse_int=_Number,
        parse_constant=_no_constant,
        object_pairs_hook=_once,
    )
    if not isinstance(found, dict):
        raise _NoObjectError("is not a JSON object")
    values: dict[str, str | None] = {}
    for key, value in found.items():
        name = name_of(key)
        if not name:
            raise _NoObjectError("has a value without a name")
        if name in values:
            raise _NoObjectError("has a name more than once")
        values[name] = _as_text(value, decimal)
        _check_characters(name)
        _check_characters(values[name] or "")
    return values


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _NoObjectError("has a name more than once")
    return found


def _no_constant(name: str) -> NoReturn:
    raise _NoObjectError(f"has {name}, which is not JSON")


def _check_characters(text: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise _NoObjectError("has half a character (a lone surrogate)") from error
    if "\0" in text:
        raise _NoObjectError("has a NUL, which text doesn't have")


def _as_text(value: Any, decimal: str) -> str | None:
    if value is None:
        return None
    if isinstance(value, _Number):
        return value.replace(".", decimal)
    return value if isinstance(value, str) else _as_json(value)


def _as_json(value: Any) -> str:
    """JSON text of a parsed value, numbers in the digits they were delivered in."""
    if isinstance(value, _Number):
        return str(value)
    if isinstance(value, dict):
        members = (f"{json.dumps(key)}: {_as_json(member)}" for key, member in value.items())
        return "{" + ", ".join(members) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_as_json(member) for member in value) + "]"
    return json.dumps(value, ensure_ascii=False)
