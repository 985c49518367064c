"""Texts that two engines may read differently, in every column of every source."""

from __future__ import annotations

import random
from collections.abc import Iterator

from pipelines.contracts.sources import Source

TEXT = (
    "", " ", "\u00a0", "\u00a0a\u202f", "\u3000wide\u2003", "\ttab\t", "line\n", "\u200bzero",
    "NULL", "null", "'", '"', "\\", "\\1", "$1", "İ", "ß", "e\u0301", "é", "🙂", "a" * 1000,
    "a\x00b", "%", "_",
)  # fmt: skip
DATE = (
    "2024-02-29", "2023-02-29", "2024-13-01", "0000-01-01", "0001-01-01", "-044-03-15",
    "+024-01-01", "9999-12-31", "1582-10-10", "1500-02-29", "24-01-01", "2024-1-1",
    "2024-01-1T", "2024-01-1\t", "2024/01/01", "01.02.2024", "2024-01-01T", "2024-01-01 00:00",
    "2024-01-01T24:00", "2024-01-01T23:59:60", "2024-01-01T23:59:59.999999999",
    "2024-01-01T23:59:59.9999999999", "2024-01-01T10:00Z", "2024-01-01T10:00 Z",
    "2024-01-01 23:30 +02:00", "2024-01-01T23:30-0530", "2024-01-01T23:30+05",
    "2024-01-01T00:00+18:00", "2024-01-01T00:00-18", "2024-01-01T00:00+18:01",
    "2024-01-01T00:00+19:00", "2024-01-01T00:00+99:99", "2024-03-31T02:30", "2024-03-31T00:30Z",
    "2024-10-27T00:30Z", "2024-10-27T01:30Z", "2024-10-27T02:30", "1800-01-01T00:00Z", "now",
    "epoch", "today", "infinity", "2024-01-01\u00a0", "２０２４-０１-０１",
    "2024-01-01T10:00:00.123456Z",
)  # fmt: skip
NUMBER = (
    "1d", "1f", "1D", "1.0F", "0x1p3", "0x10", "nan", "NaN", "+nan", "inf", "-Infinity",
    "infinit", "1e400", "-1e400", "1e-400", ".5", "5.", "5.e1", ".", "-", "+5", "--5", "1e5",
    "1E+5", "1e", "e5", "\t12", "12\n", "1\u00a0", "1,5", "1 2", "1_000", "00012", "٣", "0.1",
    "1e22", "123456789012345678", "4.9e-324", "1.7976931348623157e308", "-0",
    "0.30000000000000004", "1e+0005",
)  # fmt: skip
INTEGER = (
    "1.0", "1.", "1.00", "1.5", "+5", "-0", "9223372036854775807", "9223372036854775808",
    "9007199254740993", "9007199254740993.0", "99999999999999999999", "1e3", "0x10", ".0",
    "1\n", "",
)  # fmt: skip
BOOLEAN = (
    "true", "TRUE", "Yes", "y", "1", "0", "no", "1.0", "ｙｅｓ", "false\u00a0", "t", "truE", "ſ",
)  # fmt: skip
TEXTS = {
    "text": TEXT,
    "date": DATE,
    "timestamp": DATE,
    "number": NUMBER,
    "integer": INTEGER,
    "boolean": BOOLEAN,
}
LETTERS = {
    "date": "0123456789-T: ",
    "timestamp": "0123456789-T:.Z+ ",
    "number": "0123456789.eE+-dfna",
    "integer": "0123456789.+-",
}
N_ROWS = 600


def nasty_rows(source: Source) -> Iterator[dict[str, str]]:
    """Rows whose columns go through every nasty text of their type, and then through noise.

    Every other row has a sound key, so that it stands and can't hide behind another one.
    """
    draw = random.Random(17)
    for number in range(N_ROWS):
        row = {
            column.name: _text(draw, column.type, number + 7 * place)
            for place, column in enumerate(source.columns)
        }
        if number % 2:
            row |= {name: f"N{number:05d}" for name in source.key if _is_text(source, name)}
        yield row


def _is_text(source: Source, name: str) -> bool:
    return source.column(name).type == "text"


def _text(draw: random.Random, kind: str, number: int) -> str:
    known = TEXTS[kind]
    if number < 2 * len(known) or kind not in LETTERS:
        return known[number % len(known)]
    if kind in ("date", "timestamp"):
        whole = list(draw.choice(known))
        whole[draw.randrange(len(whole))] = draw.choice(LETTERS[kind])
        return "".join(whole)
    return "".join(draw.choices(LETTERS[kind], k=draw.randrange(1, 8)))
