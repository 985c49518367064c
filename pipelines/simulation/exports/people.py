"""From a roster to what systems call its people: names, mail addresses, Genesys' identifiers."""

from __future__ import annotations

import hashlib

import polars as pl

_FIRST = ("Ada", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gia", "Hugo", "Ines", "Jon", "Kim")
_LAST = ("Example", "Sample", "Muster", "Ejemplo", "Exemple", "Prova", "Voorbeeld")


def people_of(roster: pl.DataFrame) -> pl.DataFrame:
    """One row per person, as the roster has them last: its columns, ``name``, ``mail``, ``agent``.

    ``agent`` is what Genesys calls them. Names are invented, and nobody's.
    """
    last = roster.sort("effective_date").unique("employee_id", keep="last", maintain_order=True)
    people = last.sort("employee_id")
    names = [
        f"{_FIRST[number % len(_FIRST)]} {_LAST[number % len(_LAST)]}{number}"
        for number in range(people.height)
    ]
    agents = [_uuid(who) for who in people["employee_id"]]
    return people.with_columns(
        pl.Series("name", names, pl.String), mail_of("employee_id"), pl.Series("agent", agents)
    )


def mail_of(column: str) -> pl.Expr:
    """The mail address of the person in a column."""
    return pl.format("{}@example.org", pl.col(column).str.to_lowercase()).alias("mail")


def _uuid(who: str) -> str:
    text = hashlib.md5(who.encode(), usedforsecurity=False).hexdigest()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
