"""From labels of sessions as they are written to the labels that the settings compare."""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.contracts.casts import folded
from pipelines.core.queries import statement
from pipelines.core.sql_text import Expression, literal
from pipelines.core.warehouse import Connection, fetch_value


def fold_arm_labels(con: Connection, arms: Sequence[str]) -> None:
    """Call a session's style as an arm is called, where only capitals, blanks or hyphens differ.

    Arms that differ in nothing else stay what they are.
    """
    spelled = [folded(literal(arm)) for arm in arms]
    alike = Expression(" = ".join(spelled))
    if fetch_value(con, statement("loading/are_alike", alike=alike)):
        return
    for arm, its in zip(arms, spelled, strict=True):
        folded_as = {"folded_style": Expression(folded("style")), "folded_arm": Expression(its)}
        con.execute(statement("loading/fold_arm_label", **folded_as), {"arm": arm})
