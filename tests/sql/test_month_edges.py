"""The employment calendar, one hand-made case at a time."""

from __future__ import annotations

import datetime as dt
from typing import Any

from tests.sql.worlds import Row, World, built, key_of, mart

MARTS = ("employed_month", "agent_month")
END = dt.date(2024, 6, 30)


def world(*roster: Row, exits: tuple[Row, ...] = ()) -> World:
    """People on the roster, seen from the first of January (one shift) to the end of June."""
    shift = {
        "employee_id": "E9",
        "shift_date": dt.date(2024, 1, 1),
        "scheduled_hours": 8.0,
        "absent_hours": 0.0,
    }
    return World(
        {"roster": list(roster), "attrition": list(exits), "shifts": [shift]}, data_until=END
    )


def placed(effective: dt.date, hired: dt.date, **changes: Any) -> Row:
    row = {"employee_id": "E1", "effective_date": effective, "hire_date": hired, "role": "agent"}
    return {**row, **changes}


def left(date: dt.date, kind: str) -> Row:
    return {"employee_id": "E1", "separation_date": date, "separation_type": kind}


def months(case: World) -> dict[int, tuple[int, str | None]]:
    """Employed days and exit type of E1 by month of 2024."""
    with built(case, MARTS) as con:
        return {
            row["month"].month: (row["employed_days"], row["exit_type"])
            for row in mart(con, "agent_month")
            if row["agent_key"] == key_of("E1")
        }


def test_months_before_anything_was_observed_are_left_out() -> None:
    hired = dt.date(2019, 3, 1)
    found = months(world(placed(hired, hired)))
    assert found == {1: (31, None), 2: (29, None), 3: (31, None), 4: (30, None)} | {
        5: (31, None),
        6: (30, None),
    }


def test_the_day_of_the_exit_is_the_last_employed_day() -> None:
    hired = dt.date(2024, 1, 31)
    case = world(placed(hired, hired), exits=(left(dt.date(2024, 2, 1), "voluntary"),))
    assert months(case) == {1: (1, None), 2: (1, "voluntary")}


def test_an_exit_on_the_day_of_a_rehire_belongs_to_the_new_employment() -> None:
    hired, rehired = dt.date(2024, 1, 1), dt.date(2024, 3, 10)
    case = world(
        placed(hired, hired),
        placed(rehired, rehired),
        exits=(left(rehired, "involuntary"),),
    )
    assert months(case) == {
        1: (31, None),
        2: (29, None),
        3: (10, "involuntary"),
    }


def test_time_between_two_employments_is_not_employed() -> None:
    hired, rehired = dt.date(2024, 1, 1), dt.date(2024, 4, 30)
    case = world(
        placed(hired, hired),
        placed(rehired, rehired),
        exits=(left(dt.date(2024, 2, 10), "other"), left(dt.date(2024, 5, 2), "voluntary")),
    )
    assert months(case) == {
        1: (31, None),
        2: (10, "other"),
        4: (1, None),
        5: (2, "voluntary"),
    }


def test_a_month_belongs_to_the_role_of_its_last_employed_day() -> None:
    hired = dt.date(2024, 5, 1)
    case = world(placed(hired, hired), placed(dt.date(2024, 6, 30), hired, role="coach"))
    assert months(case) == {5: (31, None)}


def test_an_exit_after_the_end_of_data_is_not_known_yet() -> None:
    hired = dt.date(2024, 6, 1)
    case = world(placed(hired, hired), exits=(left(dt.date(2024, 7, 1), "voluntary"),))
    assert months(case) == {6: (30, None)}
