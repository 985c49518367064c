"""The published pages on the loopback address, beside Dagster's UI, so that its link opens.

A request comes in, a file of ``published/site`` goes out; the analysts' file is never served. The
folder is looked up at each request, so whoever reloads after a swap sees the new pages.
"""

from __future__ import annotations

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from assets.command_line import LOOPBACK
from pipelines.core.workspace import Workspace

DASHBOARD_VARIABLE = "COACHING_DASHBOARD_URL"
"""Where the pages are served; `make serve` sets it, another installation may."""


class _Pages(SimpleHTTPRequestHandler):
    """Gives pages out, without a line in the log for each."""

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def list_directory(self, path: Any) -> None:
        """Show no list of files."""
        self.send_error(404)

    def end_headers(self) -> None:
        """Let no browser keep yesterday's pages."""
        self.send_header("Cache-Control", "no-store")
        super().end_headers()


def serve_pages(workspace: Workspace, port: int) -> ThreadingHTTPServer:
    """Serve the pages in the background; ``port`` 0 takes a free one. Close what is returned."""
    handler = partial(_Pages, directory=str(workspace.published_site))
    server = ThreadingHTTPServer((LOOPBACK, port), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def address_of(server: ThreadingHTTPServer) -> str:
    """Where the first page is."""
    return f"http://{LOOPBACK}:{server.server_port}/index.html"
