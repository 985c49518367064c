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
    first = of_arms.groupby("employee_id", as_index=False).first()
    first["day_0"] = first["started_at"].dt.normalize()
    first = first[first["day_0"] <= until][["employee_id", "style", "day_0"]]
    roster = read(landing, "roster", ["effective_date", "hire_date"])
    place = first.merge(roster, on="employee_id")
    place = place[place["effective_date"] <= place["day_0"]].sort_values("effective_date")
    place = place.groupby("employee_id", as_index=False).last()
    place = place[(place["role"] == "agent") & (place["hire_date"] <= place["day_0"])]
    exits = read(landing, "attrition", ["separation_date"])
    left = place.merge(exits, on="employee_id", how="left")
    counts = left["separation_date"].between(left["hire_date"], until)
    left["separation_date"] = left["separation_date"].where(counts)
    people = left.sort_values("separation_date").groupby("employee_id", as_index=False).first()
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


def within(rows: pd.DataFrame, people: pd.DataFrame, day: str, first: int, last: int, length: int):
    """Rows of the people that lie whole in a window after day 0, up to the exit."""
    wanted = people[["employee_id", "style", "day_0", "follow_up_days", "days_to_end"]]
    joined = rows.merge(wanted, on="employee_id")
    since = (joined[day] - joined["day_0"]).dt.days
    end = np.minimum(last, joined["follow_up_days"]) - (length - 1)
    return joined[(since >= first) & (since <= end)]


def four_outcomes(landing: Path, people: pd.DataFrame) -> dict[str, float]:
    """The mean per person of each outcome, over people whose window is over, by arm."""
    shifts = read(landing, "shifts", ["shift_date"])
    days = within(shifts, people, "shift_date", 1, 180, 1)
    missed = days["absent_hours"].fillna(0).where(days["absence_type"].isin(UNPLANNED), 0)
    hours = days.assign(missed=missed).groupby("employee_id")[["missed", "scheduled_hours"]].sum()
    hours = hours[hours["scheduled_hours"] > 0]
    values = {"unplanned_absence": (hours["missed"] / hours["scheduled_hours"], 180)}
    weeks = within(read(landing, "performance", ["week_start"]), people, "week_start", 1, 90, 7)
    rated = weeks[weeks["csat_mean"].notna()].copy()
    rated["weight"] = rated["csat_responses"].fillna(1)
    rated = rated[rated["weight"] > 0]
    rated["weighted"] = rated["csat_mean"] * rated["weight"]
    sums = rated.groupby("employee_id")[["weighted", "weight"]].sum()
    values["customer_satisfaction"] = (sums["weighted"] / sums["weight"], 90)
    values["quality_score"] = (weeks.groupby("employee_id")["quality_score"].mean().dropna(), 90)
    surveys = read(landing, "fatigue_surveys", ["submitted_on"])
    answered = surveys[surveys["emotional_exhaustion"].notna()]
    answers = within(answered, people, "submitted_on", 60, 180, 1)
    answers = answers.sort_values(["submitted_on", "response_id"])
    values["emotional_exhaustion"] = (
        answers.groupby("employee_id")["emotional_exhaustion"].first(),
        180,
    )
    found = {}
    for outcome, (value, last) in values.items():
        known = people.set_index("employee_id").assign(value=value)
        known = known[(known["days_to_end"] >= last) & known["value"].notna()]
        for arm, group in known.groupby("style"):
            found[f"{outcome} {last} {arm}"] = float(group["value"].mean())
    return found


def main() -> None:
    """Read, count, compare, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--landing", type=Path, required=True)
    parser.add_argument("--until", type=pd.Timestamp, required=True)
    asked = parser.parse_args()
    people = cohort(asked.landing, asked.until)
    found = {"people": float(len(people)), **risks(people)}
    print(json.dumps(found | four_outcomes(asked.landing, people)))


if __name__ == "__main__":
    main()
