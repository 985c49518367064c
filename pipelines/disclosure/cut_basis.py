"""What comparisons rest on: everything staged and the day come in, a fingerprint of both goes out.

The day counts only by what it changes. Rules and grades look at rows up to the day of the refresh
and, of a source, whether it is on time; so two days are the same where nothing staged is dated
between them and every source is as late as it was. Refused files count for nothing but the grades.
"""

from __future__ import annotations

import datetime as dt
import hashlib

from pipelines.contracts.sources import Source, load_contracts
from pipelines.core.checked_data import staged_fingerprint
from pipelines.core.queries import statement
from pipelines.core.warehouse import Connection, fetch_query, fetch_value, latest_date


def cut_basis(con: Connection, today: dt.date) -> str:
    """The same on two nights that would make the same comparisons with the same settings and code.

    Needs the staged sources.
    """
    refused = fetch_query(con, "cut/refused_file").sort("source", "file", "sha256")
    told = [staged_fingerprint(con), refused.write_csv()]
    told += [_by_the_day(con, source, today) for source in load_contracts().sources]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


def _by_the_day(con: Connection, source: Source, today: dt.date) -> str:
    """What the day changes of a source: the rows that are still to come, and whether it is late."""
    staged = f"staging.{source.name}"
    latest = latest_date(con, staged, source.date_column)
    to_come = statement("refresh/n_rows_to_come", staged=staged, day=[source.date_column])
    n_to_come = fetch_value(con, to_come, {"today": today})
    is_on_time = latest is not None and (today - latest).days <= source.expected_days
    return f"{source.name} {latest is not None} {is_on_time} {n_to_come}"
