"""What has been told: a file of the private folder comes in and goes out, as a whole.

A message that some address didn't take stays in it until that address has it, for some nights.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from pipelines.alerts.kinds import Kind, Troubles
from pipelines.core.private_files import FILE_MODE, write_private

KEPT_DAYS = 14


@dataclass(frozen=True)
class Waiting:
    """A message that the addresses with these marks haven't taken yet."""

    kind: Kind
    title: str
    body: str
    since: dt.date
    marks: frozenset[str]


@dataclass(frozen=True)
class Memory:
    """What is known of troubles, and what waits to be delivered."""

    troubles: Troubles = field(default_factory=Troubles)
    waiting: tuple[Waiting, ...] = field(default=())


def forget_words(file: Path) -> None:
    """Forget whatever may name a file or a person; that there is a trouble stays known.

    So its end is told all the same. What waits is words alone, and goes.
    """
    known = read_memory(file, dt.date.min).troubles
    file.unlink(missing_ok=True)
    kinds = frozenset(each.partition(" ")[0] for each in known.refreshes)
    write_memory(file, Memory(replace(known, refreshes=kinds)))


@contextmanager
def one_teller(file: Path) -> Iterator[None]:
    """Let one process tell at a time; where the folder can't be written, tell all the same."""
    lock = file.with_suffix(".lock")
    try:
        handle = lock.open("a")
    except OSError:
        yield
        return
    with handle:
        lock.chmod(FILE_MODE)
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def read_memory(file: Path, today: dt.date) -> Memory:
    """What was told before; nothing where the file is missing, damaged or can't be read.

    Then a trouble that lasts is told once more, which is better than not at all.
    """
    try:
        content = json.loads(file.read_bytes())
        troubles = Troubles(
            frozenset(content["refreshes"]), frozenset(content["late"]), tuple(content["runs"])
        )
        waiting = tuple(
            Waiting(
                each["kind"], each["title"], each["body"],
                dt.date.fromisoformat(each["since"]), frozenset(each["marks"]),
            )
            for each in content["waiting"]
        )  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError):
        return Memory()
    young = tuple(each for each in waiting if (today - each.since).days <= KEPT_DAYS)
    return Memory(troubles, young)


def write_memory(file: Path, memory: Memory) -> None:
    """Remember; where nothing can be written, the next night tells once more."""
    content = {
        "refreshes": sorted(memory.troubles.refreshes),
        "late": sorted(memory.troubles.late),
        "runs": list(memory.troubles.runs),
        "waiting": [
            {
                "kind": each.kind, "title": each.title, "body": each.body,
                "since": each.since.isoformat(), "marks": sorted(each.marks),
            }
            for each in memory.waiting
            if each.marks
        ],
    }  # fmt: skip
    with suppress(OSError):
        write_private(file, json.dumps(content, indent=1).encode())
