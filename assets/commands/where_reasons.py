"""Words of a reason in the claim register -> the estimates that they tell, each figure by its role.

A reason is written estimate by estimate (`pipelines.claims.reason_text`): its label, the estimate
with its unit, its limits and its people. A figure is of the column whose place it stands in, if it
is written as that column's value is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from assets.commands.where_held import Held
from dashboards.data import SiteData
from pipelines.contracts.tables import table_of
from pipelines.core.figures import PER_100, figures, unit_in_words
from pipelines.lineage.marked_values import Writing
from pipelines.lineage.words import has_words, plain

_CLAIM, _ESTIMATE = "outcomes.claim", "outcomes.claim_estimate"
_VALUES, _PEOPLE = ("estimate", "conf_low", "conf_high"), "n_people"
_NUMBER = r"[+\N{MINUS SIGN}]?\d[\d,]*(?:\.\d+)?"
_TOLD = (
    rf": (?P<estimate>{_NUMBER})(?P<unit>[^(;]*)"
    rf"(?:\(likely range (?P<conf_low>{_NUMBER}) to (?P<conf_high>{_NUMBER})"
    r"(?:; (?:about )?(?P<n_people>\d[\d,]*) people)?\))?"
)
"""How a reason goes on behind the label of an estimate."""
_DIGITS = re.compile(r"[+\N{MINUS SIGN}]?\d[\d,.]*\d|[+\N{MINUS SIGN}]?\d")


def estimates_told(asked: str, writings: Sequence[Writing], data: SiteData) -> list[Held]:
    """Return the estimates that the asked words of a reason tell: their rows, with the figures."""
    for writing in writings:
        whence = writing.origins[0]
        if (whence.name, whence.column) != (_CLAIM, "reason"):
            continue
        reason = data.claim.row(whence.row, named=True)
        said = plain(reason["reason"])
        at = next((f for each in (asked, writing.text) if (f := _found(said, each))), None)
        rows = data.claim_estimate.filter(claim=reason["claim"]).to_dicts()
        told = [(row, _roles(row, said, at.span())) for row in rows] if at else []
        if held := _held([(row, roles) for row, roles in told if roles]):
            return [held]
    return []


def _found(said: str, words: str) -> re.Match[str] | None:
    return has_words(said, plain(words).rstrip(".,; "))


def _roles(row: dict[str, Any], said: str, asked: tuple[int, int]) -> list[tuple[str, str]]:
    """The asked numbers of one estimate, each with its column."""
    label = re.escape(plain(row["label"]))
    found = re.search(rf"(?:^|; )(?P<label>{label}){_TOLD}", said)
    if not found:
        return []
    return [
        (number, name)
        for name in found.groupdict()
        for number, start, end in _numbers(found, name)
        if start < asked[1] and end > asked[0] and _is_written(row, name, number)
    ]


def _numbers(found: re.Match[str], name: str) -> Iterator[tuple[str, int, int]]:
    first = found.start(name)
    for each in _DIGITS.finditer(found[name] or ""):
        yield each[0], first + each.start(), first + each.end()


def _is_written(row: dict[str, Any], name: str, number: str) -> bool:
    """Whether a number is how the pages write the value of a column."""
    value = row[name]
    if value is None:
        return False
    if name in _VALUES:
        unit, beside = row["unit"] or "", [row[each] for each in _VALUES]
        signs = (True, False)
        return number in {figures(value, unit, is_signed=each, beside=beside) for each in signs}
    if name == _PEOPLE:
        return number == f"{value:,}"
    return number in _DIGITS.findall(unit_in_words(value) if name == "unit" else plain(value))


def _held(told: Sequence[tuple[dict[str, Any], list[tuple[str, str]]]]) -> Held | None:
    if not any(name in (*_VALUES, _PEOPLE) for _, roles in told for _, name in roles):
        return None
    columns: dict[str, dict[str, None]] = {}
    for number, name in (each for _, roles in told for each in roles):
        columns.setdefault(number, {})[name] = None
    shown = {number: tuple(names) for number, names in columns.items()}
    held = Held(table_of(_ESTIMATE), tuple(row for row, _ in told), shown, {})
    scales = {_scale(row["unit"], roles) for row, roles in told}
    return replace(held, per=dict.fromkeys(_VALUES, *scales) if len(scales) == 1 else {})


def _scale(unit: str, roles: Sequence[tuple[str, str]]) -> tuple[int, int]:
    """Per how many an estimate is told, and with how many decimals."""
    number = next((each for each, name in roles if name in _VALUES), "")
    return 100 if unit in PER_100 else 1, len(number.partition(".")[2])
