"""Erasing people: out of raw, the ledger, the quarantine and the warehouse, never out of landing/.

The list of erased people is written first: from then on nothing of them is taken in again. Then
what an erasure will remove is counted and noted, then it is removed, store by store; each store
changes as a whole. After a crash the same steps find what is left, and the counts stand.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from pipelines.config.mapping import SourceMapping
from pipelines.contracts.sources import load_contracts
from pipelines.core.engine_limits import clear_spill
from pipelines.core.errors import PipelineError
from pipelines.core.raw_claim import check_store
from pipelines.core.warehouse import Connection, open_warehouse
from pipelines.core.warehouse_file import rewrite
from pipelines.core.workspace import Workspace
from pipelines.erasure.orphans import erase_from_orphans
from pipelines.erasure.quarantine import HandedBack, changed_files, replace_files
from pipelines.erasure.raw_store import changes, n_rejected_cells, settle_files
from pipelines.erasure.traces import Trace, find_traces
from pipelines.erasure.warehouse import (
    count_rows,
    erase_rows,
    known_identifiers,
    pseudonyms_of,
)
from pipelines.ingest.load import file_ledger, raw_store
from pipelines.ingest.load.raw_check import check_whole
from pipelines.ingest.read.readers import CANONICAL
from pipelines.personal_data.erased_people import FOR_GOOD, Erased, person_hash
from pipelines.personal_data.erasure_registry import (
    HalfErasedError,
    UnderWay,
    add_people,
    load_erased,
    load_erasure_key,
    read_under_way,
    write_under_way,
)
from pipelines.personal_data.pseudonyms import check_key, load_key, pseudonym

Counts = dict[str, dict[str, int]]


class UnknownPersonError(PipelineError):
    """Nobody of that identifier is anywhere; nothing was changed."""


@dataclass(frozen=True)
class Erasure:
    """Whom to erase from which workspace; ``mapping`` is how its exports say things."""

    workspace: Workspace
    identifiers: tuple[str, ...]
    mapping: dict[str, SourceMapping]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The identifiers, and the pseudonyms that stand for them."""
        check_key(self.workspace)
        key = load_key(self.workspace.pseudonym_key_file)
        return (*self.identifiers, *(pseudonym(key, each) for each in self.identifiers))

    def hashes(self) -> tuple[str, ...]:
        """What may be kept of them."""
        key = load_erasure_key(self.workspace.erasure_key_file)
        return tuple(sorted(person_hash(key, each) for each in self.identifiers))

    def traces(self) -> list[Trace]:
        """Where they stand, outside the landing files."""
        with open_warehouse(self.workspace.warehouse_file, read_only=True) as con:
            others = known_identifiers(con) - {*self.identifiers}
        return find_traces(self.workspace, self.names, sorted(others))

    def begin(self, now: str) -> UnderWay:
        """Note that they are being erased, so that nothing of them is taken in from now on.

        The note comes before the list: from then on no refresh publishes until they are gone. An
        erasure that was broken off is gone on with. Raises `UnknownPersonError` for whoever isn't
        here and wasn't erased before, `HalfErasedError` where others' erasure was broken off,
        `RawDamagedError` where raw can't be looked through.
        """
        workspace = self.workspace
        check_store(workspace)
        check_whole(workspace.raw, workspace.warehouse_file)
        begun = read_under_way(workspace.erasure_under_way_file)
        self._check_known()
        people = self.hashes()
        missing = len({*begun.people} - {*people}) if begun else 0
        if missing:
            raise HalfErasedError(
                f"an erasure was broken off that is about {missing} more; name them, too, so that "
                "it can be gone on with. Nothing was changed"
            )
        under_way = replace(begun or UnderWay((), now), people=people, is_removed=False)
        write_under_way(workspace.erasure_under_way_file, under_way)
        add_people(
            workspace.erasure_list_file,
            workspace.erasure_key_file,
            dict.fromkeys(self.identifiers, FOR_GOOD),
        )
        return under_way

    def _check_known(self) -> None:
        erased = load_erased(self.workspace.erasure_list_file, self.workspace.erasure_key_file)
        with open_warehouse(self.workspace.warehouse_file, read_only=True) as con:
            known = known_identifiers(con)
        for number, identifier in enumerate(self.identifiers, start=1):
            alone = replace(self, identifiers=(identifier,))
            if identifier in known or erased.is_erased(identifier):
                continue
            if not alone.traces():
                raise UnknownPersonError(
                    f"identifier {number} of {len(self.identifiers)} is nobody's here: not in "
                    "raw, the quarantine, the warehouse or the publication. Check the spelling "
                    "(capitals count); if a file in landing/ has not been taken in yet, refresh "
                    "first. Nothing was changed"
                )

    def remove(self, under_way: UnderWay) -> UnderWay:
        """Take them out of everything private; returns what was removed, by store."""
        workspace = self.workspace
        erased = load_erased(workspace.erasure_list_file, workspace.erasure_key_file)
        handed_back = self._handed_back(erased)
        with open_warehouse(workspace.warehouse_file) as con:
            file_ledger.create_tables(con)
            raw = [
                (f"{source.name}/{change.delivered}", len(change.lines), change.n_cells)
                for source in load_contracts().landing
                for change in changes(con, source, workspace.raw / source.name, erased)
            ]
            names = [*self.names, *pseudonyms_of(con, self.identifiers)]
            counts = _counts(con, raw, erased, names, handed_back)
        if pulled := [*workspace.pulled.glob("*/*")]:
            counts["pulled from databases"] = {"files": len(pulled)}
        under_way = under_way.with_counts(counts, (file for file, _, _ in raw))
        write_under_way(workspace.erasure_under_way_file, under_way)
        replace_files(handed_back)
        with open_warehouse(workspace.warehouse_file) as con:
            erase_rows(con, erased, names, workspace.raw)
        rewrite(workspace.warehouse_file, workspace.rewritten_warehouse_file)
        with open_warehouse(workspace.warehouse_file) as con:
            for source in load_contracts().landing:
                settle_files(con, source, workspace.raw)
                raw_store.set_aside_unnamed(con, source, workspace.raw / source.name)
                erase_from_orphans(workspace.raw, source, erased)
        # Other systems call people otherwise, so what was pulled goes as a whole; raw has its rows.
        left = (workspace.warehouse_temporary, workspace.exchange, workspace.pulled)
        for folder in (*workspace.unpublished, *left):
            shutil.rmtree(folder, ignore_errors=True)
        clear_spill()
        return under_way

    def _handed_back(self, erased: Erased) -> list[HandedBack]:
        return [
            file
            for source in load_contracts().landing
            for file in changed_files(
                self.workspace.quarantine / source.name,
                source,
                self.mapping.get(source.name, CANONICAL),
                erased,
            )
        ]


def _counts(
    con: Connection,
    raw: Sequence[tuple[str, int, int]],
    erased: Erased,
    names: Sequence[str],
    handed_back: Sequence[HandedBack],
) -> Counts:
    """What there is to remove, by store: rows, files and cells.

    ``raw`` has the file, the rows and the cells of every delivery that is to change.
    """
    return {
        "raw": {
            "files": len(raw),
            "rows": sum(n_rows for _, n_rows, _ in raw),
            "cells": sum(n_cells for _, _, n_cells in raw),
        },
        "quarantine": {
            "files": len(handed_back),
            "rows": sum(file.n_rows for file in handed_back),
            "cells": sum(file.n_cells for file in handed_back),
        },
        "rejected values": {"cells": n_rejected_cells(con, erased)},
        **{
            f"warehouse {schema}": {"rows": n_rows}
            for schema, n_rows in count_rows(con, names).items()
        },
    }
