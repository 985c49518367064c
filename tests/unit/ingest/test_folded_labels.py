"""Words of closed vocabularies: capitals, blanks and hyphens make no difference in them."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from pipelines.core.warehouse import fetch
from pipelines.ingest.load.arm_labels import fold_arm_labels
from tests.unit.ingest.landing import landing

ROSTER = "employee_id,effective_date,hire_date,site,team,role,employment_type\n"


def test_a_word_is_known_however_it_is_spelled(tmp_path: Path) -> None:
    roles = ["agent", "Agent", "AGENT", " Agent "]
    kinds = ["full_time", "Full Time", "FULL-TIME", "full\u00a0time"]
    spelled = enumerate(product(roles, kinds))
    rows = [f"A{n},2024-01-01,2024-01-01,S,T,{role},{kind}\n" for n, (role, kind) in spelled]
    with landing(tmp_path, "roster") as place:
        place.drop("r.csv", ROSTER + "".join(rows))
        assert place.refresh().n_accepted == len(rows)
        found = {(row["role"], row["employment_type"]) for row in place.staged()}
        assert found == {("agent", "full_time")}


@pytest.mark.parametrize(("role", "kind"), [("Agents", "full"), ("Team Lead", "fulltime")])
def test_other_words_stay_what_they_are(tmp_path: Path, role: str, kind: str) -> None:
    with landing(tmp_path, "roster") as place:
        place.drop("r.csv", f"{ROSTER}A,2024-01-01,2024-01-01,S,T,{role},\n")
        place.drop("k.csv", f"{ROSTER}B,2024-01-01,2024-01-01,S,T,{role},{kind}\n")
        (refused,) = place.refresh().delivery_refusals
        assert "is not one of full_time, part_time, temporary" in refused
        assert [row["role"] for row in place.staged()] == [role]


def test_a_declared_word_goes_before_the_folded_one(tmp_path: Path) -> None:
    with landing(tmp_path, "roster", values={"role": {"Agent": "clerk"}}) as place:
        place.drop("r.csv", f"{ROSTER}A,2024-01-01,2024-01-01,S,T,Agent,\n")
        place.refresh()
        assert place.staged()[0]["role"] == "clerk"


@pytest.mark.parametrize(
    ("arms", "expected"),
    [
        (("compassionate", "compliance"), {"compassionate", "compliance", "Other one"}),
        (("COMPASSIONATE", "other-one"), {"COMPASSIONATE", "compliance", "other-one"}),
        (("Compliance", "compliance"), {"Compassionate", "compliance", "Other one"}),
    ],
    ids=["small", "as the settings say", "arms that fold to one"],
)
def test_styles_are_called_as_the_arms_are(
    tmp_path: Path, arms: tuple[str, str], expected: set[str]
) -> None:
    with landing(tmp_path, "coaching_sessions") as place:
        rows = enumerate(["Compassionate", "compliance", "Other one", ""])
        place.drop(
            "c.csv",
            "session_id,employee_id,coach_id,started_at,style\n"
            + "".join(f"s{i},A,C,2024-01-01T09:00:00,{style}\n" for i, style in rows),
        )
        place.refresh()
        fold_arm_labels(place.con, arms)
        styles = fetch(place.con, "select style from staging.coaching_sessions")["style"]
        assert {style for style in styles if style} == expected
