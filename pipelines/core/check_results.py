"""What a check found, and the table in which the last refresh's findings stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pipelines.core.queries import statement
from pipelines.core.warehouse import Connection, transaction

DELIVERIES_ACCEPTED, FILES_READABLE = "deliveries_accepted", "files_readable"
"""The checks on a source's files: how many rows broke rules, and whether they could be read."""

Severity = Literal["ERROR", "WARN"]


@dataclass(frozen=True)
class CheckResult:
    """One check of one table.

    ``detail`` names file, line and column of the first failing rows, and their values as far as
    these may be told (see `pipelines.personal_data.log_redaction`); it is for those who run the
    refresh, and stands in their logs. ``public_detail`` says the same without any value, for
    publication. ``is_carried_over``: the values are those of an earlier night, and so is what was
    said of them.
    """

    table_name: str
    check_name: str
    severity: Severity
    passed: bool
    n_checked: int
    n_failed: int
    detail: str | None = None
    public_detail: str | None = None
    is_carried_over: bool = False


def failed_blocking(con: Connection, table_name: str) -> list[str]:
    """The blocking checks of a table that failed when it was last looked at."""
    con.execute(statement("checks/result"))
    found = con.execute(statement("checks/failed_blocking"), {"table_name": table_name})
    return [name for (name,) in found.fetchall()]


def has_refused_delivery(con: Connection, source: str) -> bool:
    """Whether a delivery of the source was refused when its files were last looked at."""
    con.execute(statement("checks/result"))
    asked = {"table_name": f"raw.{source}", "check_name": DELIVERIES_ACCEPTED}
    return con.execute(statement("checks/has_failed"), asked).fetchall() == [(True,)]


def record_results(con: Connection, table_name: str, results: Sequence[CheckResult]) -> None:
    """Replace what ``quality.check_result`` says about one table.

    A check that looked at nothing has not passed, so it isn't listed; a failed one always is.
    """
    con.execute(statement("checks/result"))
    with transaction(con):
        con.execute(statement("checks/forget_results"), {"table_name": table_name})
        for result in results:
            if result.passed and result.n_checked == 0:
                continue
            con.execute(
                statement("checks/note_result"),
                {
                    "table_name": result.table_name,
                    "check_name": result.check_name,
                    "severity": result.severity,
                    "passed": result.passed,
                    "n_checked": result.n_checked,
                    "n_failed": result.n_failed,
                    "detail": result.public_detail,
                },
            )
