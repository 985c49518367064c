"""From labels of sessions as they are written to the labels that the settings compare."""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.contracts.casts import folded
from pipelines.core.sql_text import literal
from pipelines.core.warehouse import Connection, fetch_value


def fold_arm_labels(con: Connection, arms: Sequence[str]) -> None:
    """Call a session's style as an arm is called, where only capitals, blanks or hyphens differ.

    Arms that differ in nothing else stay what they are.
    """
    spelled = [folded(literal(arm)) for arm in arms]
    if fetch_value(con, f"select {' = '.join(spelled)}"):
        return
    for arm, its in zip(arms, spelled, strict=True):
        con.execute(
            f"update staging.coaching_sessions set style = {literal(arm)} "
            f"where style <> {literal(arm)} and {folded('style')} = {its}"
        )
