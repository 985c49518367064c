"""A real mail server and a real web server on free ports, and what they received."""

from __future__ import annotations

import email
import email.policy
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller

QUICK = 0.01
"""Seconds between two looks whether a server is to end; Python's own half second adds up."""


@dataclass
class Received:
    """What came to one server, in order."""

    address: str
    status: int = 200
    titles: list[str] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)


def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def mail_server() -> Iterator[Received]:
    received = Received("")

    class Handler:
        async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
            message = email.message_from_bytes(envelope.content, policy=email.policy.default)
            received.titles.append(str(message["Subject"]))
            body = message.get_body(("plain",))
            assert body is not None
            received.bodies.append(body.get_content())
            return "250 OK"

    controller = Controller(Handler(), hostname="127.0.0.1", port=unused_port())
    controller.start()
    try:
        port = controller.server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        received.address = (
            f"mailto://127.0.0.1:{port}/?from=nights@people.example&to=team@people.example"
        )
        yield received
    finally:
        controller.stop()


@contextmanager
def web_server(delay: threading.Event | None = None) -> Iterator[Received]:
    """A web hook; ``delay`` keeps every answer until it is set."""
    received = Received("")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            received.titles.append(content["title"])
            received.bodies.append(content["message"])
            self._answer()

        def do_GET(self) -> None:
            received.paths.append(self.path)
            self._answer()

        def _answer(self) -> None:
            if delay is not None:
                delay.wait(60)
            self.send_response(received.status)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(QUICK,), daemon=True).start()
    received.address = f"json://127.0.0.1:{server.server_port}/hook"
    try:
        yield received
    finally:
        server.shutdown()
        server.server_close()
