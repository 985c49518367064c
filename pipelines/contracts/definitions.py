"""What every number on the pages means: one definition each, with the query that gives it.

The outcomes stand in ``metrics.yml``, everything else in ``definitions/``. The page
``definitions.html``, the links to it, ``docs/metrics.md`` and ``make where`` are made from here.

A definition's key is the anchor that links to it (``definitions.html#id``); ``query`` gives the
number in the analysts' file, ready to paste into ``make sql``; ``source`` names the landing sources
that it rests on.
"""

from __future__ import annotations

from functools import cache
from typing import Literal

from pipelines.contracts.contract_files import CONTRACTS_FOLDER, read_folder
from pipelines.contracts.tables import DefinitionTexts, Metric, load_metrics

Kind = Literal["outcome", "measure", "design", "word"]


class Definition(DefinitionTexts):
    """One definition; ``id`` is its anchor, ``query`` one SELECT on the analysts' file."""

    id: str
    title: str
    kind: Kind
    query: str


@cache
def load_definitions() -> tuple[Definition, ...]:
    """Every definition: the outcomes first, then the others in their order."""
    outcomes = [_of_metric(metric) for metric in load_metrics()]
    others = [
        Definition(id=name, **{**content, "query": content["query"].replace("{id}", name)})
        for name, content in read_folder(CONTRACTS_FOLDER / "definitions").items()
    ]
    return (*outcomes, *others)


@cache
def definitions_by_id() -> dict[str, Definition]:
    """The definitions by id; raises `ValueError` where two have the same."""
    found: dict[str, Definition] = {}
    for each in load_definitions():
        if each.id in found:
            raise ValueError(f"two definitions are called {each.id!r}")
        found[each.id] = each
    return found


def _of_metric(metric: Metric) -> Definition:
    return Definition(
        id=metric.outcome,
        title=metric.label,
        kind="outcome",
        query=metric.query,
        **{name: getattr(metric, name) for name in DefinitionTexts.model_fields},
    )
