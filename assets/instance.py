"""The Dagster instance of a workspace: its home under ``private/``, configured from the repo."""

from __future__ import annotations

import fcntl
import hashlib
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from importlib.metadata import version

from assets.errors import mask_errors
from pipelines.core.errors import StorageError
from pipelines.core.versions import PROJECT
from pipelines.core.workspace import WORKSPACE_VARIABLE, Workspace

PRIVATE_UMASK = 0o077
"""Whatever this process and its children write is their user's alone, until it is published."""
STORAGE_VARIABLE = "COACHING_DAGSTER_STORAGE"
"""The address of a PostgreSQL for Dagster's storage; its password stands nowhere else."""
SHIPPED = PROJECT / "dagster.yaml"
_DRIVER = "postgresql+psycopg2://"
_POSTGRES = ("postgresql://", "postgres://", _DRIVER)
_FILES = """
# The same SQLite files as Dagster's default, without opening and closing them for every event.
event_log_storage:
  module: assets.event_log
  class: RunHistory
"""
_STORAGE = f"""
# Runs, event logs and ticks in PostgreSQL; the address is in the environment alone.
storage:
  postgres:
    postgres_url:
      env: {STORAGE_VARIABLE}
"""


def prepare_instance(workspace: Workspace) -> None:
    """Point Dagster at this workspace's own home, configured and of this Dagster's version."""
    os.umask(PRIVATE_UMASK)
    mask_errors()
    workspace.prepare()
    os.environ["DAGSTER_HOME"] = str(workspace.dagster_home)
    os.environ[WORKSPACE_VARIABLE] = str(workspace.root)
    _let_children_find_the_project()
    _name_driver()
    with one_at_a_time(workspace):
        write_config(workspace)
        _migrate(workspace)


def write_config(workspace: Workspace) -> None:
    """Put the committed ``dagster.yaml`` into the home, unless somebody changed the one there.

    What was written is known by its digest. Of a home from before there was one, what differs is
    kept beside it.
    """
    file, mark = workspace.dagster_config, workspace.dagster_config_mark
    shipped = configuration()
    if file.exists():
        there = file.read_bytes()
        if mark.exists():
            if mark.read_text(encoding="ascii") != _digest(there):
                return
        elif there != shipped:
            file.with_name(f"{file.name}.before").write_bytes(there)
    file.write_bytes(shipped)
    mark.write_text(_digest(shipped), encoding="ascii")


def configuration() -> bytes:
    """What `write_config` writes: the committed file, and where the storage is."""
    address = os.environ.get(STORAGE_VARIABLE, "")
    if not address:
        return SHIPPED.read_bytes() + _FILES.encode()
    if not address.startswith(_POSTGRES):
        raise StorageError(
            f"{STORAGE_VARIABLE} is no address of a PostgreSQL: expected "
            "postgresql://user:password@host:port/database. Nothing was changed"
        )
    return SHIPPED.read_bytes() + _STORAGE.encode()


def _name_driver() -> None:
    """Name the driver that dagster-postgres brings; SQLAlchemy would look for another one."""
    scheme, mark, rest = os.environ.get(STORAGE_VARIABLE, "").partition("://")
    if mark and scheme in ("postgresql", "postgres"):
        os.environ[STORAGE_VARIABLE] = f"{_DRIVER}{rest}"


def is_own_config(workspace: Workspace) -> bool:
    """Whether somebody has changed the configuration that was put there."""
    file, mark = workspace.dagster_config, workspace.dagster_config_mark
    if not file.exists() or not mark.exists():
        return False
    return mark.read_text(encoding="ascii") != _digest(file.read_bytes())


def _migrate(workspace: Workspace) -> None:
    """Bring the storage to what this version of Dagster expects; once for each version of it."""
    mark = workspace.dagster_home / ".migrated"
    storage = os.environ.get(STORAGE_VARIABLE, "")
    wanted = f"{version('dagster')} {_digest(storage.encode())[:8] if storage else 'files'}"
    if mark.exists() and mark.read_text(encoding="ascii") == wanted:
        return
    if storage or workspace.run_history.exists():  # a new home has this version's storage
        _upgrade()
    mark.write_text(wanted, encoding="ascii")


def _upgrade() -> None:
    """Run Dagster's own migration, without what it prints of its steps."""
    import dagster as dg

    try:
        with dg.DagsterInstance.get() as instance, redirect_stdout(io.StringIO()):
            instance.upgrade()
    except Exception as error:
        raise StorageError(
            f"Dagster's storage can't be opened or brought up to date ({type(error).__name__}); "
            f"{_asked_of_storage()} Nothing was changed"
        ) from None


def _asked_of_storage() -> str:
    if os.environ.get(STORAGE_VARIABLE):
        return (
            "is the PostgreSQL up that is named in the environment, is dagster-postgres installed?"
        )
    return "is private/dagster as it was written, and is there room on its disk?"


@contextmanager
def one_at_a_time(workspace: Workspace) -> Iterator[None]:
    """Wait until no other program prepares the same home: services start side by side."""
    with (workspace.dagster_home / "prepare.lock").open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _let_children_find_the_project() -> None:
    """Dagster's programs import the run history that ``dagster.yaml`` names, from any folder."""
    known = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    if str(PROJECT) not in known:
        os.environ["PYTHONPATH"] = os.pathsep.join([str(PROJECT), *filter(None, known)])
