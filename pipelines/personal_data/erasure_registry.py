"""The files behind an erasure: its key, the list of who was erased, what is still under way.

All three lie in the private folder with mode 0600 and are written as a whole. None of them has
an identifier. The key is another one than that of the pseudonyms, which may be changed.
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pipelines.core.errors import PipelineError
from pipelines.core.private_files import OTHERS, write_private
from pipelines.personal_data.erased_people import NOBODY, Erased, person_hash

KEY_BYTES = 32


class ErasureListError(PipelineError):
    """The list of erased people can't be relied on; without it they would come back."""


def load_erased(list_file: Path, key_file: Path) -> Erased:
    """Who was erased or left too long ago; nobody where there has been no erasure.

    Raises `ErasureListError` where there is a list but no key for it, or the list is damaged.
    """
    if not list_file.exists():
        return NOBODY
    if not key_file.exists():
        raise ErasureListError(
            f"{list_file.name} says who was erased, but its key {key_file.name} is gone: without "
            "it erased people would come back from landing/. Restore the key from a backup; "
            "nothing was changed."
        )
    try:
        content = json.loads(list_file.read_text(encoding="ascii"))
        people = {
            entry["person"]: dt.date.fromisoformat(entry["before"]) for entry in content["people"]
        }
        lengths = frozenset(int(length) for length in content["lengths"])
    except (ValueError, KeyError, TypeError) as error:
        raise ErasureListError(
            f"{list_file.name} in the private folder is damaged; restore it from a backup, else "
            "erased people would come back from landing/. Nothing was changed."
        ) from error
    return Erased(load_erasure_key(key_file), people, lengths)


def load_erasure_key(key_file: Path) -> bytes:
    """The key of the hashes and of the receipts' seals, made on first use.

    Raises `ErasureListError` where others could read it.
    """
    if not key_file.exists():
        write_private(key_file, f"{secrets.token_hex(KEY_BYTES)}\n".encode("ascii"))
    if key_file.stat().st_mode & OTHERS:
        raise ErasureListError(
            f"{key_file.name} can be read by others; give it mode 0600 (chmod 600) and run again"
        )
    return key_file.read_text(encoding="ascii").strip().encode("ascii")


def add_people(list_file: Path, key_file: Path, dropped_before: Mapping[str, dt.date]) -> Erased:
    """Enter people, each with the day before which their rows are dropped; the new list.

    A day that is entered already stands if it is the later one.
    """
    known = load_erased(list_file, key_file)
    key = load_erasure_key(key_file)
    people, lengths = dict(known.people), set(known.lengths)
    for identifier, before in dropped_before.items():
        hashed = person_hash(key, identifier)
        people[hashed] = max(before, people.get(hashed, before))
        lengths.add(len(identifier))
    entries = [{"person": each, "before": str(day)} for each, day in sorted(people.items())]
    write_private(list_file, as_json({"lengths": sorted(lengths), "people": entries}))
    return Erased(key, people, frozenset(lengths))


class HalfErasedError(PipelineError):
    """An erasure was broken off; until it is gone on with, nothing is published."""


@dataclass(frozen=True)
class UnderWay:
    """An erasure that has begun and hasn't ended: whom it is about, and what it has removed.

    ``removed`` counts by store and kind: ``{"raw": {"rows": 120, "files": 9}}``. A store is
    counted before anything is taken out of it, so after a crash the larger number is right.
    """

    people: tuple[str, ...]
    began_at: str
    removed: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    is_removed: bool = False
    """Whether all that is left to do is to publish without them."""
    landing_files: tuple[str, ...] = ()
    """The delivered files that had them; whoever drops files there must see to these."""

    def with_counts(
        self, removed: Mapping[str, Mapping[str, int]], landing_files: Iterable[str] = ()
    ) -> UnderWay:
        """The same with the larger of both counts, and with further files."""
        stores = {*self.removed, *removed}
        merged = {
            store: _larger(self.removed.get(store, {}), removed.get(store, {})) for store in stores
        }
        files = tuple(sorted({*self.landing_files, *landing_files}))
        return replace(self, removed=dict(sorted(merged.items())), landing_files=files)


def _larger(first: Mapping[str, int], second: Mapping[str, int]) -> dict[str, int]:
    return {kind: max(first.get(kind, 0), second.get(kind, 0)) for kind in {**first, **second}}


def read_under_way(file: Path) -> UnderWay | None:
    """The erasure that hasn't ended, if there is one."""
    if not file.exists():
        return None
    content = json.loads(file.read_text(encoding="ascii"))
    return UnderWay(
        tuple(content["people"]),
        content["began_at"],
        content["removed"],
        content["is_removed"],
        tuple(content["landing_files"]),
    )


def check_not_half_erased(file: Path) -> None:
    """Raise `HalfErasedError` where an erasure was broken off before everything was removed."""
    under_way = read_under_way(file)
    if under_way is not None and not under_way.is_removed:
        raise HalfErasedError(f"{broken_off(under_way)}, else they would be published once more")


def broken_off(under_way: UnderWay) -> str:
    """What is told of an erasure that hasn't ended: since when, of how many, and what to do.

    Whose it is can't be told: nothing is kept of them but keyed hashes.
    """
    n_people = len(under_way.people)
    people = "1 person" if n_people == 1 else f"{n_people} people"
    again = "the same person" if n_people == 1 else "the same people"
    return (
        f"an erasure of {people} that began at {under_way.began_at} was broken off; run `make "
        f"erase` again for {again}"
    )


def without_receipt(file: Path) -> str | None:
    """What is told of an erasure that removed all and was broken off before its receipt."""
    under_way = read_under_way(file)
    if under_way is None or not under_way.is_removed:
        return None
    return f"{broken_off(under_way)}: they are removed, the receipt is still to be written"


def write_under_way(file: Path, under_way: UnderWay) -> None:
    """Note what is under way, for good."""
    content = {
        "people": list(under_way.people),
        "began_at": under_way.began_at,
        "removed": under_way.removed,
        "is_removed": under_way.is_removed,
        "landing_files": list(under_way.landing_files),
    }
    write_private(file, as_json(content))


def as_json(content: Mapping[str, Any]) -> bytes:
    """One text per content, whatever the order of its keys."""
    return (json.dumps(content, sort_keys=True, indent=1) + "\n").encode("ascii")
