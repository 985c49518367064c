"""From a validated delivery and the roster to how its identifiers compare with those known."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from pipelines.contracts.sources import PERSON_COLUMNS, Source
from pipelines.core.warehouse import Connection, fetch_query, has_table
from pipelines.ingest.validate.validation import Validation

PERSON = PERSON_COLUMNS[0]
_NAMED = "named_person"
_MAKES_PEOPLE = ("roster", "people", "attrition")
"""Sources in which another identifier makes another person."""


@dataclass(frozen=True)
class Compared:
    """How many people a file names, and how many of them the roster lacks.

    Of these it has ``n_without_zeros`` but for zeros before them, ``n_folded`` but for capitals
    and blanks.
    """

    n_people: int
    n_unknown: int
    n_without_zeros: int
    n_folded: int

    @property
    def n_alike(self) -> int:
        """How many it has in another spelling."""
        return max(self.n_without_zeros, self.n_folded)

    @property
    def difference(self) -> str:
        """In what the spellings differ."""
        if self.n_without_zeros >= self.n_folded:
            return "zeros before them"
        return "capitals and blanks"


def compare(con: Connection, validation: Validation) -> Compared | None:
    """Compare the people of the sound rows with those of the roster; None where there are none."""
    if PERSON not in validation.columns or not has_table(con, "staging.roster"):
        return None
    named = validation.columns[PERSON].values_of(~validation.is_bad)
    con.register(_NAMED, pa.table({PERSON: named}))
    try:
        found = fetch_query(con, "checks/nearly_known").row(0, named=True)
    finally:
        con.unregister(_NAMED)
    return Compared(**found)


def doubled_people(con: Connection, source: Source, validation: Validation) -> str | None:
    """Why rows would make known people anew, under other spellings; None where they wouldn't."""
    if source.name not in _MAKES_PEOPLE:
        return None
    found = compare(con, validation)
    if found is None or found.n_alike <= source.max_quarantined_share * found.n_people:
        return None
    return (
        f"{found.n_alike:,} of its {found.n_people:,} people are on the roster under identifiers "
        f"that differ in {found.difference} only: taken, they would count twice. Export the "
        "identifiers as text, as the roster has them; where the earlier files are the wrong ones, "
        "withdraw those first. None of its rows was taken"
    )
