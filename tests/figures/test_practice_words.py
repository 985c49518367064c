"""What is said of coaching practice and coaches where one kind occurs alone, or labels are free."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from dashboards.data import SiteData
from dashboards.labels import Arms
from dashboards.pages.claims import claims_page
from dashboards.pages.practice import practice_page
from dashboards.practice_pairs import pairs_of
from dashboards.sentences import claims, coaches, practice
from tests.figures.claim_worlds import mixed
from tests.figures.practice_worlds import entry, few_people, other_labels, practised
from tests.figures.practice_worlds import practice as table
from tests.figures.visible_text import visible_text

ARMS = Arms("compassionate", "compliance")


def of_one_kind() -> SiteData:
    """As `practised`, where all sessions are of the first kind."""
    data = practised()
    rows = data.coaching_practice.with_columns(
        pl.when(arm="compliance").then(None).otherwise(name).alias(name)
        for name in ("value", "n_sessions")
    ).with_columns(
        status=pl.when(arm="compliance").then(pl.lit("no_data")).otherwise("status"), gap=None
    )
    rows = rows.with_columns(n_coaches_both=pl.col("n_coaches_both") * 0)
    nobody = data.comparison.with_columns(n_people_b=pl.lit(0, pl.Int64))
    return replace(data, coaching_practice=rows, comparison=nobody)


def test_where_one_kind_occurs_alone_its_practice_is_told_and_every_headline_says_so() -> None:
    data = of_one_kind()
    for finding in (practice.finding(data), coaches.finding(data)):
        assert finding.startswith("Only one of the two kinds of coaching occurs")
    text = visible_text(practice_page(data, None))
    assert "All sessions of the two kinds are compassionate coaching." in text
    assert "A session lasts 34.0 minutes on average." in text
    assert "Told what to fix" in text and "in both kinds" not in text


def test_what_is_hidden_is_not_called_too_early() -> None:
    data = few_people()
    for told in (practice.finding(data), practice.lead(data, ARMS), coaches.finding(data)):
        assert "hidden for privacy" in told
        assert "yet" not in told


def test_a_kind_without_a_rest_has_none_and_not_no_data() -> None:
    rows = [
        entry("modality", "video", "compassionate", 0.6),
        entry("modality", "other", "compassionate", 0.4),
        entry("modality", "video", "compliance", 0.5),
        entry("modality", "phone", "compliance", 0.5),
    ]
    frame = table(rows).with_columns(gap=pl.lit(None, pl.Float64))
    found = {
        p.measure: p for p in pairs_of(replace(practised(), coaching_practice=frame), "modality")
    }
    assert (found["other"].b.missing, found["other"].sizes) == ("none", "5,210 and none")
    assert found["phone"].a.missing == "hidden for privacy", "it stands among the rest"


def test_sessions_are_of_a_kind_and_in_no_group() -> None:
    arms = Arms("Lerngespräch", "Qualitätskontrolle")
    assert arms.sessions_a == "of the kind “Lerngespräch”"
    assert arms.with_a == "in the Lerngespräch group"
    assert (ARMS.sessions_a, ARMS.kind_b) == ("with compassionate coaching", "compliance coaching")
    text = visible_text(practice_page(other_labels(), None))
    assert "sessions in the dedicated" not in text


@pytest.mark.parametrize("n", [None, 41])
def test_coaches_of_each_kind_are_hidden_on_both_pages_or_on_none(n: int | None) -> None:
    data = practised()
    by_kind = pl.when(pl.col("arm").is_null()).then("n_coaches").otherwise(pl.lit(n, pl.Int64))
    rows = data.coaching_practice.with_columns(
        n_coaches=by_kind,
        n_coaches_both=pl.lit(None, pl.Int64) if n is None else "n_coaches_both",
    )
    hidden = replace(data, coaching_practice=rows)
    told = [s.text for s in practice.certainty(hidden) if s.head == "What it rests on."]
    assert ("hidden for privacy" in told[0]) is (n is None)
    assert ("hidden for privacy" in coaches.finding(hidden)) is (n is None)


def test_which_free_label_is_taken_for_compassion_is_said_once() -> None:
    free = claims.which_kinds(Arms("Lerngespräch", "Qualitätskontrolle"))
    assert free.startswith("Where a claim speaks of compassion, the kind “Lerngespräch” is taken")
    assert claims.which_kinds(ARMS) == ""
    labelled = replace(mixed(), arm_a="Lerngespräch", arm_b="Qualitätskontrolle")
    assert visible_text(claims_page(labelled, None)).count(free) == 1


def test_a_claim_that_is_hidden_is_called_so() -> None:
    (acting,) = (view for view in claims.claim_views(mixed()) if view.key == "acting")
    assert acting.verdict == "Hidden for privacy"
    assert "hidden for privacy" in claims.lead(mixed())


def test_where_one_kind_occurs_alone_the_claims_say_so() -> None:
    nobody = mixed().comparison.with_columns(n_people_b=pl.lit(0, pl.Int64))
    told = claims.finding(replace(mixed(), comparison=nobody))
    assert told.startswith("Only one of the two kinds of coaching occurs; today’s data fit")
