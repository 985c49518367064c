"""What checks found stands while what they look at does, and is as if they were asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from pipelines.contracts.sources import load_contracts
from pipelines.core.judged_up_to import forget_judged
from pipelines.core.kept import forget_all
from pipelines.core.warehouse import Connection
from pipelines.ingest.load.set_aside import put_back
from pipelines.ingest.load.staging_upsert import _fingerprint
from pipelines.quality import kept_outcomes
from pipelines.quality.check_specs import CheckSpec, suite_checks
from pipelines.quality.run_checks import CheckResult
from pipelines.quality.value_counts import Counter, Tally
from tests.integration.test_checks import _came as came
from tests.integration.test_checks import _run as run
from tests.integration.test_checks import _set as set_values
from tests.integration.test_checks import con, sound

__all__ = ["con", "sound"]
NO_REASON = "'in_future' as set_aside_reason, null::date as set_aside_until"
BY_DAY = {"shift_date_not_in_future"}
EVERY = {check.name for check in suite_checks(load_contracts().source("shifts"))}


def other_code(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(kept_outcomes, "code_version", lambda: "another")


@pytest.mark.parametrize(
    ("change", "asked"),
    [
        (lambda con, patch: None, BY_DAY),
        (lambda con, patch: came(con, "training"), BY_DAY),
        (lambda con, patch: came(con, "shifts"), EVERY),
        (lambda con, patch: came(con, "roster"), EVERY),
        (lambda con, patch: other_code(patch), EVERY),
        (lambda con, patch: forget_all(con), EVERY),
    ],
)
def test_a_check_is_asked_again_where_what_it_looks_at_changed_or_the_day_counts(
    con: Connection,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[Connection, pytest.MonkeyPatch], None],
    asked: set[str],
) -> None:
    set_values(con, "shifts", "employee_id", "'nobody'", "3")
    first = run(con, "shifts")
    run(con, "training")
    tally, seen = Counter.tally, set()

    def noted(counter: Counter, check: CheckSpec) -> Tally:
        seen.add(check.name)
        return tally(counter, check)

    change(con, monkeypatch)
    monkeypatch.setattr(Counter, "tally", noted)
    second = run(con, "shifts")
    assert seen == asked
    assert first["employee_id_known"].n_failed == 1
    assert found(second) == found(first)


def found(results: dict[str, CheckResult]) -> dict[str, CheckResult]:
    return {name: replace(each, is_carried_over=False) for name, each in results.items()}


def test_a_key_is_looked_at_again_when_its_row_comes_back_from_being_set_aside(
    con: Connection,
) -> None:
    """The row keeps the number of its delivery, which is none of those that came since."""
    shifts = load_contracts().source("shifts")
    twice = "from staging.shifts where line_number - 2 = 3"
    assert run(con, "shifts")["key_unique"].passed
    con.execute(f"insert into staging.shifts {twice}")
    came(con, "shifts")
    assert run(con, "shifts")["key_unique"].passed, "an old number by itself isn't looked at"
    con.execute(f"create table ledger.aside_shifts as select *, {NO_REASON} {twice} limit 1")
    con.execute("delete from staging.shifts where rowid = (select max(rowid) from staging.shifts)")
    con.execute("insert into ledger.staged values ('shifts', ?)", [_fingerprint(con, shifts)])
    put_back(con, shifts)
    came(con, "shifts")
    found_twice = run(con, "shifts")["key_unique"]
    assert (found_twice.passed, found_twice.n_failed) == (False, 2)


def test_of_keys_that_stand_once_those_that_came_since_are_looked_at(
    con: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    grouped, seen = Counter._grouped_by_key, []

    def noted(counter: Counter, check: CheckSpec) -> Tally:
        seen.append(check.name)
        return grouped(counter, check)

    def arrive(row: int, shift_date: str, file_id: int) -> CheckResult:
        con.execute(
            f"insert into staging.shifts by name select * replace ({shift_date} as shift_date, "
            f"{file_id} as file_id) from staging.shifts where line_number - 2 = {row} limit 1"
        )
        came(con, "shifts")
        return run(con, "shifts")["key_unique"]

    monkeypatch.setattr(Counter, "_grouped_by_key", noted)
    n_rows = run(con, "shifts")["key_unique"].n_checked
    assert len(seen) == 1
    came_once = arrive(3, "date '2031-01-01'", 98)
    assert (came_once.passed, came_once.n_checked, len(seen)) == (True, n_rows + 1, 1)
    again = arrive(3, "shift_date", 99)
    assert (again.passed, again.n_failed, len(seen)) == (False, 2, 2), "one of before, once more"
    assert not run(con, "shifts")["key_unique"].passed
    con.execute("delete from staging.shifts where file_id = 99")
    assert arrive(4, "date '2031-01-01'", 100).passed
    con.execute("insert into staging.shifts from staging.shifts where line_number - 2 = 5")
    forget_judged(con, "shifts")  # as where staging is built anew
    came(con, "shifts")
    assert not run(con, "shifts")["key_unique"].passed
