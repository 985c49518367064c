"""What checks found stands while what they look at does, and is as if they were asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from pipelines.contracts.sources import load_contracts
from pipelines.core.kept import forget_all
from pipelines.core.warehouse import Connection
from pipelines.quality import kept_outcomes
from pipelines.quality.check_specs import CheckSpec, suite_checks
from pipelines.quality.run_checks import CheckResult
from pipelines.quality.value_counts import Counter, Tally
from tests.integration.test_checks import _came as came
from tests.integration.test_checks import _run as run
from tests.integration.test_checks import _set as set_values
from tests.integration.test_checks import con, sound

__all__ = ["con", "sound"]
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
