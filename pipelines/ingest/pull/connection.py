"""From a database's address to its records in batches, read in a transaction that can't write.

The address has a password in it, and the driver's own words may quote the address: none of them is
passed on. What a failure is, is known by fixed parts of the words and by the server's own codes.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import ModuleType
from typing import Any

import pyarrow as pa

from pipelines.config.databases import Database
from pipelines.core.errors import GateError
from pipelines.core.versions import PROJECT

READ_ONLY = PROJECT / "sql" / "pull" / "read_only.sql"
NOT_INSTALLED = (
    "what reads databases isn't installed: the extra `databases` of pyproject.toml "
    "(adbc-driver-manager, adbc-driver-postgresql); `make install` brings it"
)
CONNECT_SECONDS = "30"
_SCHEMES = ("postgresql://", "postgres://")
_UNREACHABLE = (
    ("could not translate host name", "the server's name isn't known"),
    ("Connection refused", "nothing listens at the server's address and port"),
    ("No such file or directory", "no server listens at that socket"),
    ("timeout expired", f"the server doesn't answer within {CONNECT_SECONDS} seconds"),
    ("No route to host", "there is no way to the server"),
    ("Network is unreachable", "there is no network"),
    ("the database system is starting up", "the server is starting up"),
    ("the database system is shutting down", "the server is shutting down"),
    ("too many", "the server has too many connections"),
    ("remaining connection slots", "the server has too many connections"),
    ("password authentication failed", "the server doesn't take the user's name or password"),
    ("no password supplied", "the server asks for a password, and the address has none"),
    ("no pg_hba.conf entry", "the server lets nobody in from this machine by this way"),
    ("does not support SSL", "the server has no SSL, which the address asks for"),
    ("certificate", "the server's certificate isn't trusted"),
)
_ABSENT = re.compile(r"FATAL: +(role|database) \"[^\"]*\" does not exist")
_SERVER_SAID = re.compile(r"ERROR: +(.*)")
_LOST = "the connection was lost while records came"
_BY_CODE = {
    "25006": "the query tries to write; only queries that read are run",
    "42501": "the user may not read what the query reads",
    "57014": "the query was ended: it took longer than an hour, or somebody ended it",
    "40001": "the server ended the query because of others' changes; the next refresh asks again",
    "53100": "the server's disk is full",
    "53200": "the server is short of memory",
}


class PullError(GateError):
    """The records couldn't be pulled, in words that may be told."""


@contextmanager
def opened_records(database: Database) -> Iterator[pa.RecordBatchReader]:
    """The query's records, batch by batch; raises `PullError` for whatever goes wrong."""
    driver, uri = _driver(), _address(database)
    os.environ.setdefault("PGCONNECT_TIMEOUT", CONNECT_SECONDS)
    try:
        connection = driver.connect(uri)
    except Exception as error:
        raise PullError(f"the database can't be reached: {_why_unreachable(error)}") from None
    try:
        with connection.cursor() as cursor:
            cursor.execute(READ_ONLY.read_text(encoding="utf-8"))
            cursor.fetchall()
            cursor.execute(database.query)
            yield cursor.fetch_record_batch()
    except GateError:
        raise
    except Exception as error:
        if isinstance(error, MemoryError) or _is_of_disk(error):
            raise
        raise PullError(_why_ended(error, database)) from None
    finally:
        with suppress(Exception):
            connection.rollback()
        with suppress(Exception):
            connection.close()


def _driver() -> ModuleType:
    try:
        from adbc_driver_postgresql import dbapi
    except ImportError:
        raise PullError(NOT_INSTALLED) from None
    found: ModuleType = dbapi
    return found


def _address(database: Database) -> str:
    uri = os.environ.get(database.uri_from, "")
    if not uri:
        raise PullError(
            f"the environment variable {database.uri_from} isn't set where the refresh runs; it "
            "must have the database's address, postgresql://user:password@host/database"
        )
    if not uri.startswith(_SCHEMES):
        raise PullError(
            f"the environment variable {database.uri_from} doesn't begin with postgresql://; of "
            "other databases, write files into landing/ (docs/recipes/databases.md)"
        )
    return uri


def _why_unreachable(error: Exception) -> str:
    said = str(error)
    if absent := _ABSENT.search(said):
        return f"the server knows no {absent[1].replace('role', 'user')} of that name"
    known = next((told for words, told in _UNREACHABLE if words in said), None)
    return known or (
        "the driver doesn't take the address (its own words are withheld, because they may quote "
        "it); check that signs such as @ and / in the password are written as %40 and %2F"
    )


def _is_of_disk(error: Exception) -> bool:
    return isinstance(error, OSError) and error.errno is not None


def _why_ended(error: Exception, database: Database) -> str:
    """What ended the query; a server's words are told where they are about the query's text."""
    where = f"the query recipes/{database.file}"
    code: Any = getattr(error, "sqlstate", None)
    if code in _BY_CODE:
        return f"{where}: {_BY_CODE[code]}"
    said = _SERVER_SAID.search(str(error))
    if code and code.startswith("42") and said:
        return f"{where} can't be run: {said[1].strip()}"
    if code and code[:2] not in ("08", "22", "57"):
        return f"{where} was ended by the server (code {code})"
    if said or code:
        return f"{where}: {_while_streaming(said[1] if said else '')}"
    return f"{_LOST} (the server ended it, or the network did)"


def _while_streaming(said: str) -> str:
    """What the server gave up for after the first records; there it gives no code."""
    if "canceling statement" in said:
        return _BY_CODE["57014"]
    return (
        "the server gave up at one of the records, as it does where a value can't be converted or "
        "divided by (its words are withheld, because they quote the value)"
    )
