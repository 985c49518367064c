"""The way to people: a message and addresses come in, which of them it reached goes out.

Whoever is told must never hold a refresh up: every address has a thread of its own and all have
one limit of time. What doesn't arrive within it counts as not delivered.
"""

from __future__ import annotations

import logging
import threading
import time
import urllib.request
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial

from pipelines.alerts.kinds import Kind

TIME_LIMIT_SECONDS = 15.0
BEAT_LIMIT_SECONDS = 5.0
BEGAN_LIMIT_SECONDS = 2.0
"""A night waits for nobody before it has begun."""
_NOTIFY_TYPES: dict[Kind, str] = {
    "failed": "failure", "refused": "warning", "late": "warning", "recovered": "success",
}  # fmt: skip
BEGAN, PUBLISHED = "began", "published"
_STATE, _START = "{state}", "/start"


def deliver(
    kind: Kind,
    title: str,
    body: str,
    addresses: Iterable[str],
    limit_seconds: float = TIME_LIMIT_SECONDS,
) -> set[str]:
    """Send a message to each address at once; returns those that took it."""
    reached: set[str] = set()

    def send(address: str) -> None:
        if _send(_NOTIFY_TYPES[kind], title, body, address):
            reached.add(address)

    _within(limit_seconds, [partial(send, address) for address in addresses])
    return set(reached)


def is_address(text: str) -> bool:
    """Whether a text is an address that a message can be sent to; nothing is sent."""
    import apprise

    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    with suppress(Exception):
        return apprise.Apprise.instantiate(text) is not None
    return False


def _send(notify_type: str, title: str, body: str, address: str) -> bool:
    """Send to one address; whatever goes wrong there, it hasn't arrived."""
    import apprise  # a tenth of a second, which nights without an alert needn't wait

    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)  # it would log addresses
    asset = apprise.AppriseAsset(
        app_id="Coaching outcomes", app_desc="Coaching outcomes", app_url="",
        image_url_mask="", image_url_logo="", async_mode=False,
    )  # fmt: skip
    with suppress(Exception):
        to = apprise.Apprise(asset=asset)
        return bool(
            to.add(address)
            and to.notify(
                title=title,
                body=body,
                notify_type=apprise.NotifyType(notify_type),
                body_format=apprise.NotifyFormat.TEXT,
            )
        )
    return False


def beat(address: str, state: str, limit_seconds: float = BEAT_LIMIT_SECONDS) -> bool:
    """Tell a monitor how far a night is; whether it answered.

    ``{state}`` in the address becomes ``began`` or ``published``; an address without it is called
    as it is after a publication and with ``/start`` at its end before.
    """
    if _STATE in address:
        url = address.replace(_STATE, state)
    else:
        url = address.rstrip("/") + _START if state == BEGAN else address
    answered: list[bool] = []
    _within(limit_seconds, [lambda: answered.append(_call(url, limit_seconds))])
    return answered == [True]


def _call(url: str, limit_seconds: float) -> bool:
    if not url.startswith(("http://", "https://")):
        return False
    with suppress(Exception), urllib.request.urlopen(url, timeout=limit_seconds) as answer:
        return bool(200 <= answer.status < 300)
    return False


def _within(limit_seconds: float, calls: Iterable[Callable[[], None]]) -> None:
    """Make calls side by side and wait no longer than the limit; no exit waits for them."""
    deadline = time.monotonic() + limit_seconds
    threads = [threading.Thread(target=call, daemon=True) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(deadline - time.monotonic(), 0))
