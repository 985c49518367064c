"""Faults of what a refresh talks to: Dagster's PostgreSQL, a web hook, a monitor, the daemon.

And of nobody being there: a refresh that is killed where no daemon could tell of it, and one that
takes longer than it may.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import threading
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

import yaml

from assets.instance import STORAGE_VARIABLE
from bench.faults.disk import NEXT_DAY, failed, heals
from bench.ui import served
from pipelines.alerts.addresses import ADDRESSES_VARIABLE, HEARTBEAT_VARIABLE
from tests.faults.running import Running, refresh_to_end
from tests.faults.small_centre import SmallCentre
from tests.integration.refreshing import fingerprint
from tests.integration.test_services import LAUNCH
from tests.postgres import postgres
from tests.unit.alerts.receivers import unused_port, web_server

HALFWAY = "made     staging/"
WAIT_SECONDS = 400
LONGEST = 8
"""Seconds that a refresh may take in `overlong_refresh`; it takes longer, starting included."""
STATUS = '{ runOrError(runId: "%s") { ... on Run { status } } }'


@contextlib.contextmanager
def in_environment(**variables: str) -> Iterator[None]:
    """Set variables for the commands that are started in the block."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value


def told(address: str) -> contextlib.AbstractContextManager[None]:
    """Let an address be told of what the commands in the block have to tell."""
    return in_environment(**{ADDRESSES_VARIABLE: address})


def storage_gone(centre: SmallCentre) -> str:
    """Dagster's PostgreSQL is gone while a refresh runs, and stays so for the next one."""
    centre.deliver_day(NEXT_DAY)
    before = fingerprint(centre.workspace.published)
    with postgres() as server, in_environment(**{STORAGE_VARIABLE: server.uri}):
        running = Running(centre.workspace)
        assert running.wait_until(lambda: HALFWAY in running.output), running.output
        server.end_at_once()
        ended = running.end()
        failed(centre, ended, before, "Dagster's storage")
        failed(centre, refresh_to_end(centre.workspace), before, "Dagster's storage")
        server.start()
        heals(centre)
    return "gone in the midst of a refresh, and at the start of the next: told; back: healed"


def web_hook_down(centre: SmallCentre) -> str:
    """One web hook refuses, one never answers, nor does the monitor; then one is there again."""
    settings, good = centre.workspace.settings_file, centre.workspace.settings_file.read_text()
    answer = threading.Event()
    with web_server(answer) as hook:
        refusing = f"json://127.0.0.1:{unused_port()}/hook"
        monitor = hook.address.replace("json://", "http://")
        names = {ADDRESSES_VARIABLE: f"{refusing} {hook.address}", HEARTBEAT_VARIABLE: monitor}
        before = fingerprint(centre.workspace.published)
        with in_environment(**names):
            settings.write_text("[privacy]\nmin_grup = 3\n")
            started = time.monotonic()
            ended = refresh_to_end(centre.workspace)
            seconds = time.monotonic() - started
            failed(centre, ended, before, "settings.toml has values")
            assert ended.output.count("an alert wasn't taken") == 2, ended.output
            answer.set()
            hook.titles.clear()
            settings.write_text(good)
            centre.deliver_day(NEXT_DAY)
            heals(centre)
    kinds = [title.partition(":")[0] for title in hook.titles]
    assert kinds.count("failed") == kinds.count("recovered") == 1, kinds
    return f"the failed night ended after {seconds:.0f} s; what waited came with the next, once"


def killed_alone(centre: SmallCentre) -> str:
    """Killed three times, as by a scheduler of one's own: the next refresh tells, once."""
    centre.deliver_day(NEXT_DAY)
    with web_server() as hook, told(hook.address):
        for _ in range(3):
            running = Running(centre.workspace)
            assert running.wait_until(lambda it=running: HALFWAY in it.output), running.output
            os.kill(running.process.pid or 0, signal.SIGKILL)
            running.process.join()
        heals(centre)
    kinds = [title.partition(":")[0] for title in hook.titles]
    assert kinds[0] == "failed", kinds
    assert kinds.count("failed") == kinds.count("recovered") == 1, kinds
    assert "ended from outside" in hook.bodies[0]
    return "3 kills, one alert at the start of the next, and recovered at its end"


def overlong_refresh(centre: SmallCentre) -> str:
    """A refresh takes longer than `max_runtime_seconds`: the daemon ends it, people are told."""
    centre.deliver_day(NEXT_DAY)
    for path in centre.workspace.landing.rglob("*.csv"):
        os.utime(path, (time.time() + 3600, time.time() + 3600))  # for the sensor: on their way
    before = fingerprint(centre.workspace.published)
    config = centre.workspace.dagster_config
    own = yaml.safe_load(config.read_text("utf-8"))
    own["run_monitoring"] |= {"max_runtime_seconds": LONGEST, "poll_interval_seconds": 1}
    own["run_retries"]["max_retries"] = 0
    config.write_text(yaml.safe_dump(own))
    with web_server() as hook, told(hook.address), served(centre) as address:
        run = asked(address, LAUNCH)["launchRun"]["run"]["runId"]
        deadline = time.monotonic() + WAIT_SECONDS
        while (status := asked(address, STATUS % run)["runOrError"]["status"]) != "FAILURE":
            assert status != "SUCCESS", "it took no longer than it may"
            assert time.monotonic() < deadline, status
            time.sleep(1)
        while not hook.titles:
            assert time.monotonic() < deadline, "nobody was told"
            time.sleep(1)
    assert [title.partition(":")[0] for title in hook.titles] == ["failed"], hook.bodies
    assert "#a-refresh-was-ended-from-outside" in hook.bodies[0], hook.bodies
    assert fingerprint(centre.workspace.published) == before
    heals(centre)
    return f"ended by the daemon after {LONGEST} s and told once"


def asked(address: str, query: str) -> Any:
    """What Dagster's web server answers to a query."""
    content = json.dumps({"query": query}).encode()
    request = urllib.request.Request(
        f"{address}/graphql", content, {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)["data"]
