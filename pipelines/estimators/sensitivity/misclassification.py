"""What the difference would be if some sessions were of the other kind than their label says.

Let p be the share of people labelled a who were coached as a, and q the share of those labelled b
who were coached as b. If the label says nothing more about leaving than the coaching itself does,
the risks under the labels are mixtures of the risks under the coaching,

    R(label a) = p R(a) + (1 - p) R(b)      R(label b) = (1 - q) R(a) + q R(b)

so the difference between labels is (p + q - 1) times the difference between kinds of coaching, and
dividing gives it back (Greenland 1988, Stat Med 7:745; Lash, Fox & Fink 2009, Applying Quantitative
Bias Analysis to Epidemiologic Data, chapter 6). Wrong labels hide a difference and make none.

Two stated error shares are shown, and one measured: how often the coded behaviours of the session
on day 0 speak for its label. Behaviours are coded by people too: that is a reading, not the truth.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.core.figures import per_100
from pipelines.core.parts import CODED_LABELS
from pipelines.core.status import NOT_REPORTABLE, Absence, no_data
from pipelines.estimators.kernels.influence_functions import clustered_variance
from pipelines.estimators.kernels.survival import Floats
from pipelines.estimators.minimum_counts import too_few
from pipelines.estimators.results import ComparisonSpec
from pipelines.estimators.sensitivity.check_row import Row, row_of_check, why_no_headline

STATED = {"misclassified_style_1_in_20": 0.05, "misclassified_style_1_in_10": 0.10}
"""Shares of wrong labels in either arm that are tried out."""
CODED = "misclassified_style_as_coded"
MIN_FACTOR = 0.2
"""Below this p + q - 1, labels say too little about the coaching to correct for them."""


@dataclass(frozen=True)
class Labels:
    """How far labels can be trusted: p, q, and the variance of p + q."""

    right_a: float
    right_b: float
    variance: float = 0.0

    @property
    def factor(self) -> float:
        """P + q - 1: how much of the difference the labels still show."""
        return self.right_a + self.right_b - 1.0


def misclassification_rows(headline_row: Row, coded: Labels | Absence) -> list[Row]:
    """Return the corrected differences of one outcome; `coded` are measured labels or why not."""
    rows = []
    for check, share in STATED.items():
        words = f"If one label in {1 / share:.0f} were wrong in either group"
        rows.append(
            _corrected(
                row_of_check(check, headline_row), headline_row, Labels(1 - share, 1 - share), words
            )
        )
    row = row_of_check(CODED, headline_row)
    if isinstance(coded, Absence):
        why = why_no_headline(headline_row) if headline_row["estimate"] is None else coded
        return [*rows, row | why.columns()]
    right_a, right_b = (math.floor(100 * each) for each in (coded.right_a, coded.right_b))
    words = (  # 100% only where no label is wrong
        f"If the coded behaviours are right, which speak for the label in {right_a}% of "
        f"sessions labelled {headline_row['arm_a']} and {right_b}% of those labelled "
        f"{headline_row['arm_b']}"
    )
    return [*rows, _corrected(row, headline_row, coded, words)]


def labels_as_coded(styles: pl.DataFrame, spec: ComparisonSpec) -> Labels | Absence:
    """Return how often behaviours speak for the label, or why that can't be said.

    `styles` has a row per person: `agent_key`, `coach_key`, `arm`, and `is_label_confirmed`, NULL
    where the behaviours of the session on day 0 weren't coded or speak for neither arm.
    """
    known = styles.filter(pl.col("is_label_confirmed").is_not_null())
    shares: list[float] = []
    influences: list[Floats] = []
    names = known.select(pl.coalesce("coach_key", "agent_key")).to_series().to_numpy().astype(str)
    coaches, cluster = np.unique(names, return_inverse=True)
    for arm in (spec.arm_a, spec.arm_b):
        is_arm = (known["arm"] == arm).to_numpy()
        n_coaches = known.filter(pl.col("arm") == arm)["coach_key"].drop_nulls().n_unique()
        if not is_arm.any():
            return _why_not_coded(arm)
        who = f"with coded sessions labelled {arm}"
        if why := too_few(int(is_arm.sum()), n_coaches, spec, who):
            return why
        is_right = known["is_label_confirmed"].to_numpy().astype(np.float64)
        share = float(is_right[is_arm].mean())
        rest = np.where(is_arm, is_right - share, 0.0) / is_arm.sum()
        influences.append(
            np.bincount(cluster, weights=rest, minlength=len(coaches)).astype(np.float64)
        )
        shares.append(share)
    variance = float(clustered_variance((influences[0] + influences[1])[:, None], len(coaches))[0])
    return Labels(shares[0], shares[1], variance)


def _why_not_coded(arm: str) -> Absence:
    """Why nobody's label is held against behaviours: they speak for two labels alone."""
    if arm in CODED_LABELS:
        return no_data(f"no coded behaviours can be held against the label {arm}")
    known = " and ".join(CODED_LABELS)
    return Absence(
        NOT_REPORTABLE, f"behaviours speak for the labels {known} alone, not for the label {arm}"
    )


def _corrected(row: Row, headline_row: Row, labels: Labels, words: str) -> Row:
    """Return the difference divided by what the labels still show of it, with its interval."""
    if (
        headline_row["estimate"] is None
        or headline_row["conf_low"] is None
        or not headline_row["std_error"]
    ):
        return row | why_no_headline(headline_row).columns()
    if labels.factor < MIN_FACTOR:
        why = "labels and coded behaviours agree too little to correct for"
        return row | Absence(NOT_REPORTABLE, why).columns()
    value = headline_row["estimate"] / labels.factor
    error = np.hypot(headline_row["std_error"], value * np.sqrt(labels.variance)) / labels.factor
    margin = (
        float(error)
        * (headline_row["conf_high"] - headline_row["conf_low"])
        / 2.0
        / headline_row["std_error"]
    )
    return row | {
        "value": value,
        "range_low": value - margin,
        "range_high": value + margin,
        "conf_level": headline_row["conf_level"],
        "reading": (
            f"{words}, the difference between the kinds of coaching would be {per_100(value)} per "
            f"100 people instead of {per_100(headline_row['estimate'])}."
        ),
    }
