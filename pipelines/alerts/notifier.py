"""The one notifier: how a night ended comes in, whoever has to know is told, once.

The command line, the job, the schedule and the sensors all end here. No trouble of its own ends or
delays a refresh: an address that can't be reached is told in the log, and tried again next time.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path

from pipelines.alerts.addresses import AddressesError, mark, named, read_addresses
from pipelines.alerts.delivery import (
    BEAT_LIMIT_SECONDS,
    BEGAN,
    BEGAN_LIMIT_SECONDS,
    TIME_LIMIT_SECONDS,
    beat,
    deliver,
)
from pipelines.alerts.kinds import Alert, Kind, NightEnd, alerts_of, remembered
from pipelines.alerts.memory import Memory, Waiting, one_teller, read_memory, write_memory
from pipelines.config.settings import Alerts
from pipelines.core.workspace import Workspace
from pipelines.personal_data.log_redaction import without_values

Log = Callable[[str], None]
"""Where a note goes that an address couldn't be reached."""

_OPENING: dict[Kind, str] = {
    "failed": "The refresh of {name} failed.",
    "refused": "The refresh of {name} was refused by a check on the data.",
    "late": "A source of {name} is late.",
    "recovered": "A trouble of {name} has ended.",
}


def notify(
    workspace: Workspace,
    settings: Alerts,
    night: NightEnd,
    log: Log,
    limit_seconds: float = TIME_LIMIT_SECONDS,
) -> list[Kind]:
    """Tell what a night needs told, and what still waits; returns the kinds of its alerts."""
    try:
        addresses = read_addresses(workspace.alert_addresses_file).alerts
    except (AddressesError, OSError, UnicodeError) as error:
        log(_why(error))
        return []
    if not addresses:
        return []
    file, today = workspace.alert_memory_file, dt.datetime.now(dt.UTC).date()
    with one_teller(file):
        memory = read_memory(file, today)
        alerts, troubles = alerts_of(night, memory.troubles)
        told = [alert for alert in alerts if alert.kind in settings.kinds]
        name = settings.name or workspace.root.name
        new = [_message(alert, name, settings.runbook, today, addresses) for alert in told]
        waiting = (*memory.waiting, *new)
        write_memory(file, Memory(troubles, waiting))
        left = _send_all(waiting, addresses, log, limit_seconds)
        write_memory(file, Memory(troubles, left))
    return [alert.kind for alert in told]


def was_told(file: Path, run: str) -> bool:
    """Whether the end of a run has been looked at already."""
    return run in read_memory(file, dt.date.min).troubles.runs


def try_addresses(workspace: Workspace, settings: Alerts) -> dict[str, bool]:
    """Send a trial to everybody who would be told; whether each took it, by its mark.

    Raises `AddressesError` where the file can't be used.
    """
    addresses = read_addresses(workspace.alert_addresses_file).alerts
    name = settings.name or workspace.root.name
    body = f"A trial: alerts of {name} reach this address. Nothing has happened."
    reached = deliver("recovered", f"trial: {name}", body, addresses)
    return {named(address): address in reached for address in addresses}


def pass_over(workspace: Workspace, run: str) -> None:
    """Know of a run that there is nothing to tell of its end."""
    file = workspace.alert_memory_file
    with one_teller(file):
        memory = read_memory(file, dt.date.min)
        known = replace(memory.troubles, runs=remembered(memory.troubles.runs, run))
        write_memory(file, replace(memory, troubles=known))


def send_beat(workspace: Workspace, state: str, log: Log) -> None:
    """Tell the monitor, where one is named, how far the night is."""
    try:
        heartbeat = read_addresses(workspace.alert_addresses_file).heartbeat
    except (AddressesError, OSError, UnicodeError) as error:
        log(_why(error))
        return
    limit = BEGAN_LIMIT_SECONDS if state == BEGAN else BEAT_LIMIT_SECONDS
    if heartbeat is not None and not beat(heartbeat, state, limit):
        log(f"the heartbeat ({state}) wasn't taken by {named(heartbeat)}")


def _message(
    alert: Alert, name: str, runbook: str, today: dt.date, addresses: Collection[str]
) -> Waiting:
    body = "\n\n".join(
        [
            _OPENING[alert.kind].format(name=name),
            f"What happened: {without_values(alert.happened)}",
            f"What still stands: {alert.stands}",
            f"What to do: “{alert.entry.title}” in {alert.entry.address(runbook)}",
        ]
    )
    marks = frozenset(mark(address) for address in addresses)
    return Waiting(alert.kind, f"{alert.kind}: {name}", body, today, marks)


def _send_all(
    waiting: Collection[Waiting], addresses: Collection[str], log: Log, limit_seconds: float
) -> tuple[Waiting, ...]:
    """Send what waits, the oldest first; returns what an address still hasn't taken."""
    by_mark = {mark(address): address for address in addresses}
    left, unreached = [], set[str]()
    for message in waiting:
        open_marks = message.marks & by_mark.keys()  # an address that was taken out gets nothing
        to = [by_mark[each] for each in sorted(open_marks - unreached)]
        reached = {
            mark(each)
            for each in deliver(message.kind, message.title, message.body, to, limit_seconds)
        }
        unreached |= open_marks - reached
        left.append(replace(message, marks=open_marks - reached))
    for each in sorted(unreached):
        log(f"an alert wasn't taken by {named(by_mark[each])}; it is tried again next time")
    return tuple(each for each in left if each.marks)


def _why(error: Exception) -> str:
    if isinstance(error, AddressesError):
        return str(error)
    return "the file with addresses of alerts can't be read: nobody is told"
