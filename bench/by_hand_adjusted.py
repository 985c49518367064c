"""What a competent analyst would write for the adjusted answer: pandas, statsmodels and lifelines.

``python -m bench.by_hand_adjusted --landing FOLDER --until 2026-10-31`` reads the landing files as
`bench/by_hand.py` does, and tells how people who are alike on what was known before day 0 differ by
kind of coaching, in leaving, leaving by choice and four outcomes (`docs/method.md`, weighted): a
logistic regression of who was coached how, weights by its inverse, weights for who has a value,
risks by Kaplan and Meier (lifelines), leaving by choice while other exits compete, weighted means.
Errors are from a bootstrap of coaches, each model fitted again in each draw: no library has a
closed form of them, and for weighted curves lifelines itself advises Monte Carlo. No checks of the
files, no corrections, no privacy, no pages; no ratios, curves, parts of the workforce or other
designs; a level that one kind of coaching alone has is pooled however large. Prints JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # threads only wait for each other here

import numpy as np
import pandas as pd
import statsmodels.api as sm
from lifelines import KaplanMeierFitter
from lifelines.exceptions import StatisticalWarning
from scipy.linalg import qr
from scipy.stats import t as student

from bench.by_hand import (
    ARMS,
    EXHAUSTION,
    HORIZONS,
    LAST_DAY,
    absence,
    beside,
    cohort,
    first_answer,
    read,
    satisfaction,
    within,
)

CATEGORIES = ("site", "employment_type", "trigger")
KNOTS = {
    "tenure": (0.05, 0.35, 0.65, 0.95),
    "weekly_hours": (),
    "quality_before": (0.1, 0.5, 0.9),
    "quality_slope_before": (),
    "satisfaction_before": (0.1, 0.5, 0.9),
    "absence_before": (0.1, 0.5, 0.9),
    "exhaustion_before": (0.1, 0.5, 0.9),
    "cynicism_before": (0.1, 0.5, 0.9),
    "sessions_before": (),
    "month": (),
}
"""The numbers, and at which quantiles of it a number's curve has its knots; none: a line."""
CERTAIN = 1e-8
MOST_WITHOUT_VALUE = 0.05
DRAWS, SEED = 1_000, 1
"""Of 1,000 draws an error is known to 2 %, so that the ends of a range stand in the digits that are
told; of 200, which do for an error alone (Efron and Tibshirani 1993, 6.4), to 5 %."""


def slope(weeks: pd.DataFrame) -> pd.Series:
    """Points of quality per week, by person with two different weeks."""
    scored = weeks[weeks["quality_score"].notna()]
    x, y = scored["since"] / 7, scored["quality_score"]
    who = scored["employee_id"]
    x = x - x.groupby(who).transform("mean")
    squares = (x**2).groupby(who).sum()
    return (x * y).groupby(who).sum() / squares.where(squares > 0)


def of_sessions(landing: Path, people: pd.DataFrame) -> dict[str, pd.Series]:
    """How often each was coached before day 0."""
    sessions = beside(read(landing, "coaching_sessions", ["started_at"]), people, "started_at")
    earlier = sessions[sessions["since"] < 0].groupby("employee_id").size()
    return {"sessions_before": earlier.reindex(people.index, fill_value=0)}


def of_shifts(landing: Path, people: pd.DataFrame) -> dict[str, pd.Series]:
    """Unplanned absence before day 0, and its hours after it."""
    shifts = beside(read(landing, "shifts", ["shift_date"]), people, "shift_date")
    before = absence(within(shifts, -90, -1))
    after = absence(within(shifts, 1, LAST_DAY["unplanned_absence"]))
    return {
        "absence_before": before["missed"] / before["scheduled_hours"],
        "missed": after["missed"],
        "scheduled": after["scheduled_hours"],
    }


def of_weeks(landing: Path, people: pd.DataFrame) -> dict[str, pd.Series]:
    """Quality and satisfaction in the whole weeks before day 0 and after it."""
    weeks = beside(read(landing, "performance", ["week_start"]), people, "week_start")
    before, after = within(weeks, -56, -1, 7), within(weeks, 1, LAST_DAY["quality_score"], 7)
    return {
        "quality_before": before.groupby("employee_id")["quality_score"].mean(),
        "quality_slope_before": slope(before),
        "satisfaction_before": satisfaction(before),
        "quality_score": after.groupby("employee_id")["quality_score"].mean(),
        "customer_satisfaction": satisfaction(after),
    }


def of_surveys(landing: Path, people: pd.DataFrame) -> dict[str, pd.Series]:
    """The newest answers before day 0, and the first in the window after it."""
    read_in = read(landing, "fatigue_surveys", ["submitted_on"])
    surveys = beside(read_in, people, "submitted_on").sort_values(["submitted_on", "response_id"])
    newest = within(surveys.dropna(subset=[EXHAUSTION, "cynicism"], how="all"), -365, -1)
    newest = newest.drop_duplicates("employee_id", keep="last").set_index("employee_id")
    return {
        "exhaustion_before": newest[EXHAUSTION],
        "cynicism_before": newest["cynicism"],
        EXHAUSTION: first_answer(surveys),
    }


def with_histories(landing: Path, people: pd.DataFrame) -> pd.DataFrame:
    """The people, sorted, with what was known before day 0 and each outcome after it."""
    people = people.set_index("employee_id", drop=False).rename_axis(None).sort_index()
    people["coach_id"] = people["coach_id"].fillna(people["employee_id"])
    people["tenure"] = (people["day_0"] - people["hire_date"]).dt.days
    month = people["day_0"].dt.to_period("M").dt.start_time
    people["month"] = (month - month.min()).dt.days
    columns = of_sessions(landing, people) | of_shifts(landing, people)
    columns |= of_weeks(landing, people) | of_surveys(landing, people)
    return people.assign(**columns)


def pooled(levels: pd.Series, side: pd.Series) -> pd.Series:
    """Levels, those that one side alone has put together: a model would be certain of them."""
    is_alone = side.groupby(levels).transform("nunique") == 1
    if is_alone.all() or not is_alone.any():
        return levels
    name = "pooled"
    if side[is_alone].nunique() == 1:
        name = levels[~is_alone].value_counts().sort_index().idxmin()
    return levels.mask(is_alone, name)


def curve(value: pd.Series, knots: np.ndarray) -> dict[str, pd.Series]:
    """The bends of a restricted cubic spline (Harrell)."""
    if len(knots) < 3:
        return {}
    *first, before, last = knots

    def above(knot: float) -> pd.Series:
        return (value - knot).clip(lower=0) ** 3

    return {
        f"{value.name} bend {i}": (
            above(knot)
            - above(before) * (last - knot) / (last - before)
            + above(last) * (before - knot) / (last - before)
        )
        for i, knot in enumerate(first)
    }


def model_matrix(people: pd.DataFrame, side: pd.Series, categories: tuple[str, ...]) -> np.ndarray:
    """The columns of a logistic regression that explains `side`, without repeats."""
    columns: dict[str, pd.Series] = {}
    for name in categories:
        levels = pooled(people[name].fillna("unknown"), side)
        columns |= pd.get_dummies(levels, prefix=name, drop_first=True, dtype=float).items()
    for name, quantiles in KNOTS.items():
        known = people[name].astype(float)
        is_unknown = known.isna()
        if side[is_unknown].nunique() == 2:
            columns[f"{name} unknown"] = is_unknown.astype(float)
        columns[name] = known.fillna(known.mean())
        knots = np.unique(known.dropna().quantile(list(quantiles)))
        columns |= curve(columns[name], knots)
    frame = pd.DataFrame(columns)
    frame = frame.loc[:, frame.nunique() > 1]
    scaled = ((frame - frame.mean()) / frame.std()).to_numpy()
    triangle, order = qr(scaled, mode="r", pivoting=True)
    size = np.abs(np.diag(triangle))
    return sm.add_constant(scaled[:, np.sort(order[: len(size)][size > 1e-6 * size[0]])])


@dataclass(frozen=True)
class Model:
    """The columns of a logistic regression, and where a fit begins."""

    matrix: np.ndarray
    start: np.ndarray | None = None

    def fitted(self, rows: np.ndarray, side: np.ndarray) -> np.ndarray | None:
        """The probabilities of `rows`; None where the columns tell the sides apart."""
        fit = _fit(self.matrix[rows], side, self.start)
        return None if fit is None else fit.predict()


def _fit(matrix: np.ndarray, side: np.ndarray, start: np.ndarray | None = None):
    """A logistic regression with an end, or None."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            fit = sm.Logit(side, matrix, check_rank=False).fit(start, disp=0)
        except np.linalg.LinAlgError:
            return None
    p = fit.predict()
    is_sure = p.min() < CERTAIN or p.max() > 1 - CERTAIN
    return None if is_sure or not fit.mle_retvals["converged"] else fit


def model_of(people: pd.DataFrame, is_about: pd.Series, side: pd.Series, *more: str):
    """The model of `side` among those it is about; None where there is nothing to fit."""
    own = model_matrix(people[is_about], side[is_about], (*more, *CATEGORIES))
    matrix = np.zeros((len(people), own.shape[1]))
    matrix[is_about] = own
    fit = None if side[is_about].all() else _fit(own, side[is_about].to_numpy())
    return None if fit is None else Model(matrix, fit.params)


@dataclass(frozen=True)
class Outcome:
    """One outcome beside all n people: its two sums, whom it is about, who has it, the model."""

    numerator: np.ndarray
    denominator: np.ndarray
    is_about: np.ndarray
    has_value: np.ndarray
    model: Model | None


@dataclass(frozen=True)
class Study:
    """All that is estimated from, as arrays of n people."""

    is_a: np.ndarray
    days: np.ndarray
    has_left: np.ndarray
    by_choice: np.ndarray
    model: Model
    outcomes: dict[str, Outcome]


def study_of(people: pd.DataFrame) -> Study:
    """Build the columns of every model, once."""
    is_a = people["style"] == ARMS[0]
    model = model_of(people, is_a.notna(), is_a)
    if model is None:
        raise SystemExit("what is known tells who was coached how: no weights can be found")
    outcomes = {}
    for name, last in LAST_DAY.items():
        is_rate = name == "unplanned_absence"
        numerator = people["missed"] if is_rate else people[name]
        denominator = people["scheduled"] if is_rate else numerator.notna() * 1.0
        is_about = people["days_to_end"] >= last
        has_value = is_about & numerator.notna()
        outcomes[name] = Outcome(
            numerator.fillna(0).to_numpy(),
            denominator.fillna(0).to_numpy(),
            is_about.to_numpy(),
            has_value.to_numpy(),
            model_of(people, is_about, has_value, "style"),
        )
    return Study(
        is_a.to_numpy(),
        people["follow_up_days"].to_numpy(),
        people["has_left"].to_numpy(),
        (people["separation_type"] == "voluntary").to_numpy() & people["has_left"].to_numpy(),
        model,
        outcomes,
    )


def risks(days: np.ndarray, has_left: np.ndarray, by_choice: np.ndarray, weights: np.ndarray):
    """Of leaving, and of leaving by choice while the other exits compete, by each horizon."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", StatisticalWarning)
        fitter = KaplanMeierFitter().fit(days, has_left, weights=weights)
    staying = fitter.survival_function_["KM_estimate"]
    leaving = pd.Series(weights * by_choice).groupby(days).sum()
    rate = leaving / fitter.event_table["at_risk"].reindex(leaving.index)
    incidence = (rate * staying.shift(fill_value=1).reindex(leaving.index)).cumsum()
    found = {("any_exit", day): 1 - float(fitter.predict(day)) for day in HORIZONS}
    return found | {("voluntary_exit", day): float(incidence.asof(day)) for day in HORIZONS}


def value_weights(outcome: Outcome, is_a: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Weights of `rows` for having a value, stabilised by arm; 1 where next to nobody lacks it."""
    weights = np.ones(len(rows))
    about = outcome.is_about[rows]
    seen, arm = outcome.has_value[rows][about], is_a[rows][about]
    if seen.all():
        return weights
    fitted = outcome.model and outcome.model.fitted(rows[about], seen)
    if fitted is not None:
        weights[about] = np.where(arm, seen[arm].mean(), seen[~arm].mean()) / fitted
    elif 1 - seen.mean() > MOST_WITHOUT_VALUE:
        weights[:] = np.nan
    return weights


def values_by_arm(study: Study, rows: np.ndarray) -> pd.DataFrame:
    """Each outcome's value in arm a and arm b among the people at `rows`, one row per outcome."""
    is_a = study.is_a[rows]
    fitted = study.model.fitted(rows, is_a)
    if fitted is None:
        return pd.DataFrame(columns=["value_a", "value_b"])
    weights = np.where(is_a, is_a.mean() / fitted, (1 - is_a.mean()) / (1 - fitted))
    found: dict[str, dict[tuple[str, int], float]] = {"value_a": {}, "value_b": {}}
    for name, arm in (("value_a", is_a), ("value_b", ~is_a)):
        own = rows[arm]
        found[name] |= risks(
            study.days[own], study.has_left[own], study.by_choice[own], weights[arm]
        )
    for outcome, each in study.outcomes.items():
        product = weights * value_weights(each, study.is_a, rows) * each.has_value[rows]
        above, below = product * each.numerator[rows], product * each.denominator[rows]
        for name, arm in (("value_a", is_a), ("value_b", ~is_a)):
            found[name][outcome, LAST_DAY[outcome]] = above[arm].sum() / below[arm].sum()
    return pd.DataFrame(found)


def drawn_errors(study: Study, coaches: np.ndarray, n_draws: int) -> tuple[pd.Series, int]:
    """The spread of each difference over draws of coaches with all their people; draws that fit."""
    rng = np.random.default_rng(SEED)
    of_coach = list(pd.Series(np.arange(len(coaches))).groupby(coaches).indices.values())
    drawn = []
    for _ in range(n_draws):
        chosen = rng.integers(len(of_coach), size=len(of_coach))
        values = values_by_arm(study, np.concatenate([of_coach[i] for i in chosen]))
        if len(values):
            drawn.append(values["value_a"] - values["value_b"])
    return pd.concat(drawn, axis=1).std(axis=1), len(drawn)


def adjusted(landing: Path, until: pd.Timestamp, n_draws: int) -> dict[str, Any]:
    """Read, weight, compare, draw."""
    people = with_histories(landing, cohort(landing, until))
    study = study_of(people)
    found = values_by_arm(study, np.arange(len(people)))
    found["estimate"] = found["value_a"] - found["value_b"]
    seconds = {"points": time.process_time()}
    coaches = people["coach_id"].to_numpy()
    found["std_error"], n_kept = drawn_errors(study, coaches, n_draws)
    margin = student.ppf(0.975, len(np.unique(coaches)) - 1) * found["std_error"]
    found["conf_low"], found["conf_high"] = found["estimate"] - margin, found["estimate"] + margin
    seconds["draws"] = time.process_time() - seconds["points"]
    rows = found.rename_axis(["outcome", "horizon_days"]).reset_index()
    return {"estimates": rows.to_dict("records"), "n_draws": n_kept, "seconds": seconds}


def main() -> None:
    """Tell the answer and what its parts cost."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--landing", type=Path, required=True)
    parser.add_argument("--until", type=pd.Timestamp, required=True)
    parser.add_argument("--draws", type=int, default=DRAWS)
    asked = parser.parse_args()
    print(json.dumps(adjusted(asked.landing, asked.until, asked.draws)))


if __name__ == "__main__":
    main()
