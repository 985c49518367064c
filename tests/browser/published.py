"""A publication of the sample contact centre, refreshed once per test run, and served."""

from __future__ import annotations

import contextlib
import fcntl
import functools
import http.server
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines.core.workspace import Workspace
from pipelines.simulation.__main__ import main as write_sample
from tests.conftest import shared_folder
from tests.integration.direct import publish


@pytest.fixture(scope="session")
def publication(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A small sample, published; workers that run at the same time share one."""
    shared = shared_folder(tmp_path_factory)
    workspace = Workspace(shared / "publication")
    with (shared / "publication.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not workspace.published_site.exists():
            landing = ["--landing", str(workspace.landing)]
            write_sample([*landing, "--agents", "500", "--months", "14", "--seed", "7"])
            publish(workspace)
    return workspace


@pytest.fixture(scope="session")
def served(publication: Workspace) -> Iterator[str]:
    """The published site's address on the loopback interface, on a free port."""
    with _server(publication.published_site) as server:
        yield f"http://127.0.0.1:{server.server_address[1]}"


@contextlib.contextmanager
def _server(folder: Path) -> Iterator[Any]:
    handler = functools.partial(_Quiet, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def until(page: Any, condition: str, seconds: float = 10) -> None:
    """Wait for a condition in the page; Playwright's own way needs an eval, which pages forbid."""
    end = time.monotonic() + seconds
    while not page.evaluate(condition):
        assert time.monotonic() < end, condition
        page.wait_for_timeout(30)


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Say nothing of each request."""
