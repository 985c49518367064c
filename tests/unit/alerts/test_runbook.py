"""Every alert leads to an entry that is there, and every expected error has its own."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from pipelines.alerts.delivery import is_address
from pipelines.alerts.kinds import Kind
from pipelines.alerts.runbook import BY_CAUSE, BY_KIND, RUNBOOK, RunbookEntry, entry_for
from pipelines.config.settings import AlertKind
from pipelines.core import errors

PROJECT = Path(__file__).resolve().parents[3]
HEADINGS = re.findall(r"^#+ (.*)$", (PROJECT / RUNBOOK).read_text("utf-8"), re.MULTILINE)


def subclasses(kind: type[Exception]) -> set[type[Exception]]:
    return {each for direct in kind.__subclasses__() for each in {direct, *subclasses(direct)}}


def test_every_kind_of_alert_has_an_entry() -> None:
    assert set(BY_KIND) == set(get_args(Kind)) == set(get_args(AlertKind))


@pytest.mark.parametrize("entry", [*BY_KIND.values(), *BY_CAUSE.values()], ids=lambda e: e.title)
def test_every_entry_is_a_heading_of_the_runbook(entry: RunbookEntry) -> None:
    assert entry.title in HEADINGS


def test_every_error_of_the_machine_has_an_entry_of_its_own() -> None:
    kinds = {each.__name__ for each in subclasses(errors.MachineError)}
    assert len(kinds) >= 7
    entries = [entry_for("failed", f"{kind} some words") for kind in sorted(kinds)]
    assert BY_KIND["failed"] not in entries
    assert len(set(entries)) == len(entries)


def test_every_address_that_the_page_shows_is_one() -> None:
    shown = re.findall(r"^(\w+://\S+)$", (PROJECT / RUNBOOK).read_text("utf-8"), re.MULTILINE)
    assert len(shown) >= 4
    assert [address for address in shown if not is_address(address)] == []
    assert not is_address("msteams://aster/a@b/c/d/")


def test_every_link_in_the_page_leads_to_a_heading() -> None:
    text = (PROJECT / RUNBOOK).read_text("utf-8")
    anchors = {RunbookEntry(heading).anchor for heading in HEADINGS}
    links = set(re.findall(r"\]\(#([^)]+)\)", text))
    assert links
    assert links - anchors == set()
