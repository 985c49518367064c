"""How the cells of a workbook are shown: its number formats, as far as they change a value's text.

A person's number 000101 is the number 101 with the format 000000, and 94% is 0.94 with 0%.
"""

from __future__ import annotations

import re
from decimal import Decimal

from pipelines.core.errors import GateError
from pipelines.ingest.read.xlsx_elements import Elements
from pipelines.ingest.read.zip_package import NOT_SOUND

PERCENT = "%"
MAX_STYLES = 100_000
_BUILT_IN = {9: "0%", 10: "0.00%"}
_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
_PADDED = re.compile(r'(?:0|"[^"]*"|\\.|[-/ ])+')
_TOKEN = re.compile(r'0|"([^"]*)"|\\(.)|([-/ ])')


class _Styles(Elements):
    """The format code of every cell style."""

    def __init__(self) -> None:
        super().__init__()
        self.codes: dict[int, str] = dict(_BUILT_IN)
        self.formats: list[int] = []

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        if name == "numFmt":
            self.codes[int(attributes["numFmtId"])] = attributes.get("formatCode", "")
        elif name == "xf" and "cellXfs" in self.path:
            self.formats.append(int(attributes.get("numFmtId", 0)))
        if max(len(self.formats), len(self.codes)) > MAX_STYLES:
            raise GateError(f"{NOT_SOUND}: it has too many styles; save it again in Excel")

    def end(self, name: str) -> None:
        pass


def displays(part: bytes | None) -> list[str | None]:
    """For every cell style `PERCENT`, a format of zeros and marks, or None for any other."""
    if part is None:
        return []
    styles = _Styles()
    styles.walk(part)
    known = {number: _display(code) for number, code in styles.codes.items()}
    return [known.get(number) for number in styles.formats]


def _display(code: str) -> str | None:
    if PERCENT in _QUOTED.sub("", code):
        return PERCENT
    first = code.partition(";")[0]
    return first if _PADDED.fullmatch(first) and _QUOTED.sub("", first).count("0") > 1 else None


def shown(value: float, display: str, decimal: str) -> str | None:
    """A number's text as its cell shows it, of 15 digits as in Excel; None where it shows as is."""
    if display == PERCENT:
        hundredfold = format((Decimal(format(value, ".15g")) * 100).normalize(), "f")
        return hundredfold.replace(".", decimal) + PERCENT
    if value < 0 or value != int(value) or value >= 1e15:
        return None
    return _padded(str(int(value)), display)


def _padded(digits: str, display: str) -> str:
    tokens = list(_TOKEN.finditer(display))
    n_zeros = sum(token[0] == "0" for token in tokens)
    digits = digits.zfill(n_zeros)
    left = len(digits) - n_zeros
    pieces = []
    for token in tokens:
        if token[0] == "0":
            pieces.append(digits[: left + 1])
            digits, left = digits[left + 1 :], 0
        else:
            pieces.append(token[1] or token[2] or token[3] or "")
    return "".join(pieces)
