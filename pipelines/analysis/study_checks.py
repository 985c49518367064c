"""From what is staged to whether anybody can be compared, and whether exits are missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from pipelines.config.settings import Settings
from pipelines.core.check_results import CheckResult, record_results
from pipelines.core.line_numbers import line_name
from pipelines.core.warehouse import Connection, fetch_query

TABLE = "staging.study_setting"
AGENT = "agent"
MOST_LABELS = 8
STYLES_OCCUR, AGENTS_OCCUR = "compared_styles_occur", "agents_occur"
NO_SILENT_LEAVERS = "no_silent_leavers"
STUDY_CHECKS = {
    STYLES_OCCUR: "Both kinds of coaching that are compared occur among the sessions.",
    AGENTS_OCCUR: "Somebody on the roster has the role agent.",
    NO_SILENT_LEAVERS: (
        "Of every agent without an exit something was heard in the last 60 days of data."
    ),
}


@dataclass(frozen=True)
class _Asked:
    """Labels that are asked for in one column, and what to do where no row has them."""

    check: str
    column: str
    source: str
    labels: Sequence[tuple[str, str]]
    """What each is called in the settings, and the label."""
    way_out: str


def check_study(con: Connection, settings: Settings) -> list[CheckResult]:
    """Look for the labels that the comparison asks for, and for agents who fell silent.

    Labels of fewer people than ``[privacy] min_group`` aren't named.
    """
    arms = settings.comparison
    asked = [
        _Asked(
            STYLES_OCCUR, "style", "coaching_sessions",
            [("arm_a", arms.arm_a), ("arm_b", arms.arm_b)],
            "declare values.style under [mapping.coaching_sessions], or name the styles to "
            "compare as arm_a and arm_b under [comparison]",
        ),
        _Asked(
            AGENTS_OCCUR, "role", "roster", [("role", AGENT)],
            "declare values.role under [mapping.roster]: only agents are compared",
        ),
    ]  # fmt: skip
    results = [
        _labels(each, fetch_query(con, f"study/{each.column}"), settings.privacy.min_group)
        for each in asked
    ]
    results.append(
        _silent_leavers(fetch_query(con, "study/silent_agent"), settings.privacy.min_group)
    )
    record_results(con, TABLE, results)
    return results


def _labels(asked: _Asked, found: pl.DataFrame, min_group: int) -> CheckResult:
    occurs = {*found["label"]}
    absent = [f'{name} = "{label}"' for name, label in asked.labels if label not in occurs]
    told = found.filter(pl.col("n_people") >= min_group).head(MOST_LABELS)
    names = [f"{label} ({n:,})" for label, n in told.select("label", "n_rows").iter_rows()]
    n_others = found.height - len(names)
    if n_others:
        names.append(
            ("1 other" if n_others == 1 else f"{n_others} others")
            if names
            else f"{n_others} of few people each"
        )
    has = f"has the {asked.column}s {', '.join(names)}" if names else f"has no {asked.column}"
    none = "matches none of them" if len(absent) == 1 else "match none of them"
    detail = f"{asked.source} {has}; {', '.join(absent)} {none}: {asked.way_out}"
    return CheckResult(
        TABLE,
        asked.check,
        "WARN",
        passed=not absent,
        n_checked=max(int(found["n_rows"].sum()), 1),
        n_failed=len(absent),
        detail=detail if absent else None,
        public_detail=detail if absent else None,
    )


def _silent_leavers(agents: pl.DataFrame, min_group: int) -> CheckResult:
    """Agents of whom nothing was heard, and who have no exit: who left so counts as staying.

    They are people, so fewer than ``min_group`` of them aren't counted for all to see.
    """
    silent = agents.filter("is_silent")
    is_few = silent.height < min_group
    detail = public_detail = None
    if silent.height:
        file, line = silent.select("file", "line_number").row(0)
        of_all = f"of {agents.height:,} agents without an exit {_SILENT}"
        detail = f"{silent.height:,} {of_all}; the first: roster/{file} line {line_name(line)}"
        public_detail = f"{'a few' if is_few else f'{silent.height:,}'} {of_all}"
    return CheckResult(
        TABLE,
        NO_SILENT_LEAVERS,
        "WARN",
        passed=silent.is_empty(),
        n_checked=agents.height,
        n_failed=0 if is_few else silent.height,
        detail=detail,
        public_detail=public_detail,
    )


_SILENT = (
    "had no shift, session, answer or week in the last 60 days of data; whoever of them left "
    "counts as staying until the exit is delivered"
)
