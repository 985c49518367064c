"""The checks on each staged table, written down from the contracts.

Which checks there are must be known without Great Expectations, whose import takes seconds;
`pipelines.quality.run_checks` turns them into its expectations where they are evaluated.

An ERROR means that figures made from the table would be wrong: of a required source nothing is
published, of another what needs it isn't reportable. A WARN is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pipelines.contracts import casts
from pipelines.contracts.sources import Column, Source
from pipelines.core.check_results import Severity
from pipelines.core.queries import read_query, statement
from pipelines.core.sql_text import Expression

Kind = Literal["has_rows", "not_null", "unique", "between", "in_set", "flag"]

MAX_UNKNOWN_SHARE = 0.20
"""More rows of unknown people than this: the deliveries don't belong together."""

MAX_EARLY_EXIT_SHARE = 0.01
"""More exits before the hire date than this: one of the two dates means something else."""

_EMPLOYEE = "employee_id"


@dataclass(frozen=True)
class CheckSpec:
    """One check on one staged table.

    ``columns`` are what the check looks at; ``flag`` is, for kind ``flag``, an SQL expression
    over the staged table (called ``staged``) that is true in a good row. ``min_share`` is the
    share of rows that must be good. ``problem`` says what is wrong with a failing value.
    """

    name: str
    severity: Severity
    description: str
    kind: Kind
    problem: str
    columns: tuple[str, ...] = ()
    flag: str | None = None
    min_share: float = 1.0
    minimum: float | None = None
    maximum: float | None = None
    allowed: tuple[str, ...] = ()


_LEAVING = frozenset({"coaching_sessions", "fatigue_surveys"})
"""Sources whose rows are held against the exits."""


def tables_read(source: Source) -> tuple[str, ...]:
    """The other staged sources that the checks on a source look at."""
    against = {*source.checked_against}
    if source.name in _LEAVING:
        against.add("attrition")
    if source.name == "shifts":
        against |= {"roster", "attrition"}
    return tuple(sorted(against - {source.name}))


def suite_checks(source: Source) -> list[CheckSpec]:
    """Every check on the rows of ``staging.<source>``; names are unique within a source."""
    return [
        *_row_count(source),
        _unique_key(source),
        *(check for column in source.columns for check in _column_checks(column)),
        *(
            check
            for column in source.columns
            if column.references not in (None, source.name)
            for check in _reference_checks(source, column, str(column.references))
        ),
        *_not_in_future(source),
        *_not_a_fraction(source),
        *_special_checks(source),
    ]


def _row_count(source: Source) -> list[CheckSpec]:
    if not source.required:
        return []
    return [
        CheckSpec(
            "has_rows",
            "ERROR",
            f"{source.title} are required: there is at least one accepted row.",
            "has_rows",
            f"no accepted row; deliver a file into landing/{source.name}",
        )
    ]


def _unique_key(source: Source) -> CheckSpec:
    return CheckSpec(
        "key_unique",
        "ERROR",
        f"There is one row per {source.grain}.",
        "unique",
        "stands on more than one row",
        source.key,
    )


def _column_checks(column: Column) -> list[CheckSpec]:
    """The contract's promises about single values; the quarantine should have kept them."""
    checks = []
    if column.required:
        checks.append(
            CheckSpec(
                f"{column.name}_present",
                "ERROR",
                f"Every row has {column.name}.",
                "not_null",
                "is empty",
                (column.name,),
            )
        )
    if column.type in ("integer", "number"):
        checks.append(
            CheckSpec(
                f"{column.name}_in_range",
                "ERROR",
                f"{column.name} lies {casts.expected_range(column)} ({column.unit}).",
                "between",
                f"is not {casts.expected_range(column)}",
                (column.name,),
                minimum=_number(column.min),
                maximum=_number(column.max),
            )
        )
    if column.allowed is not None:
        checks.append(
            CheckSpec(
                f"{column.name}_allowed",
                "ERROR",
                f"{column.name} is {casts.expected_values(column)}, or empty.",
                "in_set",
                f"is not {casts.expected_values(column)}",
                (column.name,),
                allowed=column.allowed,
            )
        )
    return checks


def _number(value: object) -> float:
    if not isinstance(value, int | float):
        raise TypeError(f"a numeric bound is needed, not {value!r}")
    return float(value)


def _reference_checks(source: Source, column: Column, other: str) -> list[CheckSpec]:
    """References to people of another source: unknown ones are told, too many block.

    Rows of unknown people are set aside, so of an optional source too many cost what needs it.
    """
    people = statement("checks/people_of", person=[_EMPLOYEE], staged=f"staging.{other}")
    known = f"staged.{column.name} in (\n{people})"
    check = CheckSpec(
        f"{column.name}_known",
        "WARN",
        f"Every {column.name} is in the {other}.",
        "flag",
        f"is not in the {other}",
        (column.name,),
        flag=known,
    )
    if column.name != _EMPLOYEE:
        return [check]
    mostly = CheckSpec(
        f"{column.name}_mostly_known",
        "ERROR" if source.required else "WARN",
        f"At most {MAX_UNKNOWN_SHARE:.0%} of the rows are about somebody who isn’t in the {other}.",
        "flag",
        f"is not in the {other}",
        (column.name,),
        flag=known,
        min_share=1 - MAX_UNKNOWN_SHARE,
    )
    return [check, mostly]


def _not_in_future(source: Source) -> list[CheckSpec]:
    """No event after the day of the refresh; a roster may well announce changes."""
    if source.name == "roster":
        return []
    return [
        CheckSpec(
            f"{source.date_column}_not_in_future",
            "WARN",
            f"No {source.date_column} lies after the day of the refresh.",
            "flag",
            "lies in the future",
            (source.date_column,),
            flag=f"cast(staged.{source.date_column} as date) <= $as_of",
        )
    ]


def _special_checks(source: Source) -> list[CheckSpec]:
    special = {
        "roster": _roster_in_order,
        "attrition": _exits_after_hire,
        "coaching_sessions": _sessions_while_employed,
        "fatigue_surveys": _responses_while_employed,
        "shifts": _absence_within_schedule,
        "performance": _weeks_apart,
    }
    return special[source.name]() if source.name in special else []


def _exits_after_hire() -> list[CheckSpec]:
    first_hire = statement("checks/first_hire")
    after_hire = f"coalesce(staged.separation_date >= (\n{first_hire}), true)"
    description = "lies on or after the employee’s first hire date"
    return [
        CheckSpec(
            "exit_not_before_hire",
            "WARN",
            f"Every separation_date {description}.",
            "flag",
            "lies before the employee’s hire date",
            ("separation_date",),
            flag=after_hire,
        ),
        CheckSpec(
            "exit_mostly_not_before_hire",
            "ERROR",
            f"All but {MAX_EARLY_EXIT_SHARE:.0%} of separation_date {description}.",
            "flag",
            "lies before the employee’s hire date",
            ("separation_date",),
            flag=after_hire,
            min_share=1 - MAX_EARLY_EXIT_SHARE,
        ),
    ]


def _roster_in_order() -> list[CheckSpec]:
    return [
        CheckSpec(
            "effective_not_before_hire",
            "WARN",
            "No roster row holds before its own hire date.",
            "flag",
            "lies before the row’s hire_date",
            ("effective_date", "hire_date"),
            flag="staged.effective_date >= staged.hire_date",
        ),
    ]


def _sessions_while_employed() -> list[CheckSpec]:
    return [
        CheckSpec(
            "session_not_after_exit",
            "WARN",
            "No session took place after the agent’s last exit.",
            "flag",
            "lies after the agent’s exit",
            ("started_at",),
            flag=_not_after_last_exit("cast(staged.started_at as date)"),
        ),
        CheckSpec(
            "coach_is_somebody_else",
            "WARN",
            "Nobody is named as their own coach.",
            "flag",
            "is the agent’s own identifier; expected the coach’s",
            ("coach_id",),
            flag="staged.coach_id <> staged.employee_id",
        ),
    ]


def _responses_while_employed() -> list[CheckSpec]:
    return [
        CheckSpec(
            "response_not_after_exit",
            "WARN",
            "No survey was answered after the person’s last exit.",
            "flag",
            "lies after the person’s exit",
            ("submitted_on",),
            flag=_not_after_last_exit("staged.submitted_on"),
        )
    ]


_LAST_DAYS = ("last_exit", "last_hire")


def _not_after_last_exit(day: str) -> str:
    """True on or before the last exit, without an exit, and where somebody was hired again."""
    last_exit, last_hire = (f"(\n{statement(f'checks/{name}')})" for name in _LAST_DAYS)
    return f"coalesce({day} <= {last_exit}, true) or coalesce({last_hire} > {last_exit}, false)"


def _absence_within_schedule() -> list[CheckSpec]:
    return [
        CheckSpec(
            "absence_within_schedule",
            "WARN",
            "Nobody missed more hours than were scheduled.",
            "flag",
            "is more than was scheduled",
            ("absent_hours", "scheduled_hours"),
            flag="staged.absent_hours <= staged.scheduled_hours",
        )
    ]


def _largest(source: Source, column: str) -> str:
    return statement("checks/largest_value", column=[column], staged=f"staging.{source.name}")


def _not_a_fraction(source: Source) -> list[CheckSpec]:
    """A score of 100 points that never passes 1 is a fraction somebody calls percent."""
    return [
        CheckSpec(
            f"{column.name}_not_a_fraction",
            "WARN",
            f"Some {column.name} is above 1, or all are 0: it is a score from 0 to 100.",
            "flag",
            "is at most 1 like all others, as a fraction is; expected points from 0 to 100",
            (column.name,),
            flag=f"staged.{column.name} is null "
            f"or (\n{_largest(source, column.name)}) not between 1e-9 and 1",
        )
        for column in source.columns
        if column.unit == "score" and (column.min, column.max) == (0, 100)
    ]


def _weeks_apart() -> list[CheckSpec]:
    """Days that are delivered as weeks would each count as one."""
    near = statement("checks/near_weeks", week_gaps=Expression(read_query("checks/week_gap")))
    return [
        CheckSpec(
            "weeks_apart",
            "WARN",
            "The weeks of one person begin at least 7 days apart.",
            "flag",
            "begins less than 7 days after the week before it; are these days? The recipe "
            "canonical/days sums them to weeks",
            ("week_start",),
            flag=f"(staged.employee_id, staged.week_start) not in (\n{near})",
        )
    ]
