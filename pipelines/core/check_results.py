"""What a check found, and the table in which the last refresh's findings stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pipelines.core.warehouse import Connection, transaction

DELIVERIES_ACCEPTED, FILES_READABLE = "deliveries_accepted", "files_readable"
"""The checks on a source's files: how many rows broke rules, and whether they could be read."""

Severity = Literal["ERROR", "WARN"]

_CREATE = """
create table if not exists quality.check_result (
    table_name varchar not null,
    check_name varchar not null,
    severity varchar not null,
    passed boolean not null,
    n_checked bigint not null,
    n_failed bigint not null,
    detail varchar
)
"""


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
    con.execute(_CREATE)
    rows = con.execute(
        "select check_name from quality.check_result "
        "where table_name = ? and severity = 'ERROR' and not passed order by check_name",
        [table_name],
    ).fetchall()
    return [name for (name,) in rows]


def has_refused_delivery(con: Connection, source: str) -> bool:
    """Whether a delivery of the source was refused when its files were last looked at."""
    con.execute(_CREATE)
    found = con.execute(
        "select not passed from quality.check_result where table_name = ? and check_name = ?",
        [f"raw.{source}", DELIVERIES_ACCEPTED],
    ).fetchall()
    return found == [(True,)]


def record_results(con: Connection, table_name: str, results: Sequence[CheckResult]) -> None:
    """Replace what ``quality.check_result`` says about one table.

    A check that looked at nothing has not passed, so it isn't listed; a failed one always is.
    """
    con.execute(_CREATE)
    with transaction(con):
        con.execute("delete from quality.check_result where table_name = ?", [table_name])
        for result in results:
            if result.passed and result.n_checked == 0:
                continue
            con.execute(
                "insert into quality.check_result values (?, ?, ?, ?, ?, ?, ?)",
                [
                    result.table_name,
                    result.check_name,
                    result.severity,
                    result.passed,
                    result.n_checked,
                    result.n_failed,
                    result.public_detail,
                ],
            )
