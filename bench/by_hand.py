"""What a competent analyst would write instead: pandas and lifelines, in one script.

``python -m bench.by_hand --landing FOLDER --until 2026-10-31`` reads the landing files, finds each
agent's first session of either kind, follows people to their exit or the end of the data, and
tells, by kind of coaching, the risk of leaving (Kaplan and Meier, by lifelines) and four outcomes
beside it. No checks of the files, no corrections, no errors that allow for coaches, no privacy, no
pages: less than the pipeline tells, so what it costs is a lower bound. Prints its results as JSON.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import pandas as pd
from lifelines import KaplanMeierFitter

ARMS = ("compassionate", "compliance")
HORIZONS = (90, 180, 365)
UNPLANNED = ("sick", "no_show", "unplanned_other")
EXHAUSTION = "emotional_exhaustion"
LAST_DAY = {
    "unplanned_absence": 180,
    "customer_satisfaction": 90,
    "quality_score": 90,
    EXHAUSTION: 180,
}
"""The last day after day 0 that counts for an outcome."""


def read(landing: Path, source: str, dates: list[str]) -> pd.DataFrame:
    """All files of a source in one frame."""
    files = sorted((landing / source).glob("*"))
    if files[0].suffix == ".parquet":
        frame = pd.concat([pd.read_parquet(file) for file in files], ignore_index=True)
        for name in dates:
            frame[name] = pd.to_datetime(frame[name])
        return frame
    frames = [pd.read_csv(file, parse_dates=dates) for file in files]
    return pd.concat(frames, ignore_index=True)


def cohort(landing: Path, until: pd.Timestamp) -> pd.DataFrame:
    """One row per agent who enters: arm, day 0, days followed, whether and when they left."""
    sessions = read(landing, "coaching_sessions", ["started_at"])
    of_arms = sessions[sessions["style"].isin(ARMS)].sort_values(["started_at", "session_id"])
    first = of_arms.drop_duplicates("employee_id")
    first = first.assign(day_0=first["started_at"].dt.normalize())
    first = first[first["day_0"] <= until]
    first = first[["employee_id", "style", "day_0", "coach_id", "trigger"]]
    roster = read(landing, "roster", ["effective_date", "hire_date"])
    place = first.merge(roster, on="employee_id")
    place = place[place["effective_date"] <= place["day_0"]].sort_values("effective_date")
    place = place.drop_duplicates("employee_id", keep="last")
    place = place[(place["role"] == "agent") & (place["hire_date"] <= place["day_0"])]
    exits = read(landing, "attrition", ["separation_date"])
    left = place.merge(exits, on="employee_id", how="left")
    counts = left["separation_date"].between(left["hire_date"], until)
    left["separation_date"] = left["separation_date"].where(counts)
    people = left.sort_values("separation_date").drop_duplicates("employee_id")
    people = people[~(people["separation_date"] <= people["day_0"])]
    end = people["separation_date"].fillna(until)
    people["follow_up_days"] = (end - people["day_0"]).dt.days
    people["has_left"] = people["separation_date"].notna()
    people["days_to_end"] = (until - people["day_0"]).dt.days
    return people


def risks(people: pd.DataFrame) -> dict[str, float]:
    """Of leaving by each horizon, by arm."""
    found = {}
    for arm, group in people.groupby("style"):
        fitter = KaplanMeierFitter().fit(group["follow_up_days"], group["has_left"])
        for days in HORIZONS:
            found[f"any_exit {days} {arm}"] = 1 - float(fitter.predict(days))
    return found


def beside(rows: pd.DataFrame, people: pd.DataFrame, day: str) -> pd.DataFrame:
    """Rows of the people, each with its number of days since the person's day 0."""
    wanted = people[["employee_id", "day_0", "follow_up_days"]]
    joined = rows.merge(wanted, on="employee_id")
    return joined.assign(since=(joined[day] - joined["day_0"]).dt.days)


def within(rows: pd.DataFrame, first: int, last: int, length: int = 1) -> pd.DataFrame:
    """Rows that lie whole in a window of days since day 0, up to the exit."""
    end = np.minimum(last, rows["follow_up_days"]) - (length - 1)
    return rows[(rows["since"] >= first) & (rows["since"] <= end)]


def absence(days: pd.DataFrame) -> pd.DataFrame:
    """Hours missed unplanned and hours scheduled, by person who had any."""
    missed = days["absent_hours"].fillna(0).where(days["absence_type"].isin(UNPLANNED), 0)
    hours = days.assign(missed=missed).groupby("employee_id")[["missed", "scheduled_hours"]].sum()
    return hours[hours["scheduled_hours"] > 0]


def satisfaction(weeks: pd.DataFrame) -> pd.Series:
    """Mean satisfaction by person, each week weighted by its responses."""
    rated = weeks[weeks["csat_mean"].notna()].copy()
    rated["weight"] = rated["csat_responses"].fillna(1)
    rated = rated[rated["weight"] > 0]
    rated["weighted"] = rated["csat_mean"] * rated["weight"]
    sums = rated.groupby("employee_id")[["weighted", "weight"]].sum()
    return sums["weighted"] / sums["weight"]


def first_answer(surveys: pd.DataFrame) -> pd.Series:
    """Exhaustion in each person's first answer to it in days 60 to 180."""
    answers = within(surveys[surveys["emotional_exhaustion"].notna()], 60, LAST_DAY[EXHAUSTION])
    answers = answers.sort_values(["submitted_on", "response_id"])
    return answers.groupby("employee_id")["emotional_exhaustion"].first()


def four_outcomes(landing: Path, people: pd.DataFrame) -> dict[str, float]:
    """The mean per person of each outcome, over people whose window is over, by arm."""
    shifts = beside(read(landing, "shifts", ["shift_date"]), people, "shift_date")
    hours = absence(within(shifts, 1, LAST_DAY["unplanned_absence"]))
    values = {"unplanned_absence": hours["missed"] / hours["scheduled_hours"]}
    weeks = beside(read(landing, "performance", ["week_start"]), people, "week_start")
    weeks = within(weeks, 1, LAST_DAY["quality_score"], 7)
    values["customer_satisfaction"] = satisfaction(weeks)
    values["quality_score"] = weeks.groupby("employee_id")["quality_score"].mean().dropna()
    surveys = read(landing, "fatigue_surveys", ["submitted_on"])
    values[EXHAUSTION] = first_answer(beside(surveys, people, "submitted_on"))
    found = {}
    for outcome, value in values.items():
        last = LAST_DAY[outcome]
        known = people.set_index("employee_id").assign(value=value)
        known = known[(known["days_to_end"] >= last) & known["value"].notna()]
        for arm, group in known.groupby("style"):
            found[f"{outcome} {last} {arm}"] = float(group["value"].mean())
    return found


def crude(landing: Path, until: pd.Timestamp) -> dict[str, float]:
    """Read, count, compare."""
    people = cohort(landing, until)
    found = {"people": float(len(people)), **risks(people)}
    return found | four_outcomes(landing, people)


def main() -> None:
    """Tell the answers."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--landing", type=Path, required=True)
    parser.add_argument("--until", type=pd.Timestamp, required=True)
    asked = parser.parse_args()
    print(json.dumps(crude(asked.landing, asked.until)))


if __name__ == "__main__":
    main()
