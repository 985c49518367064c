"""The workspace: settings, disk, permissions, landing, keys, whom to tell, Dagster's home."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from assets.health.finding import Finding, note, ok, wrong
from assets.instance import STORAGE_VARIABLE, is_own_config
from pipelines.alerts.addresses import named, read_addresses
from pipelines.alerts.delivery import is_address
from pipelines.alerts.notifier import try_addresses
from pipelines.config.feeds import folder_names
from pipelines.config.settings import Settings, load_settings
from pipelines.contracts.sources import load_contracts
from pipelines.core.errors import PipelineError
from pipelines.core.free_space import check_room, megabytes_free
from pipelines.core.places import check_folder
from pipelines.core.private_files import OTHERS
from pipelines.core.raw_claim import look_at_store
from pipelines.core.workspace import Workspace
from pipelines.ingest.load.line_names import LINE
from pipelines.ingest.load.raw_check import check_whole
from pipelines.ingest.read.landing_fingerprint import landing_state
from pipelines.ingest.read.landing_folder import printable, strays
from pipelines.personal_data.erasure_registry import (
    check_not_half_erased,
    load_erased,
    without_receipt,
)
from pipelines.personal_data.pseudonyms import check_key
from pipelines.release.publish import check_place

MOST_NAMED = 3
_SQLITE_HEAD = b"SQLite format 3\0"


def look_at_folder(workspace: Workspace) -> Iterator[Finding]:
    """Everything that can be seen without opening the warehouse."""
    if not workspace.root.is_dir():
        yield note("workspace", f"{workspace.root} isn't there yet; the first refresh makes it")
        return
    yield _settings(workspace)
    yield _writable(workspace)
    yield _room(workspace)
    yield _place(workspace)
    yield _keys(workspace)
    yield _erasure(workspace)
    yield _private_modes(workspace)
    yield _raw(workspace)
    yield _landing(workspace)
    yield _addresses(workspace)
    yield _dagster_home(workspace)


def _settings(workspace: Workspace) -> Finding:
    try:
        settings = load_settings(workspace.settings_file)
    except PipelineError as error:
        return wrong("settings", " ".join(str(error).split()))
    if settings == Settings():
        return ok("settings", "every default")
    return ok("settings", f"{workspace.settings_file.name} is valid")


def _writable(workspace: Workspace) -> Finding:
    for folder in (workspace.root, workspace.private):
        if not folder.exists():
            continue
        try:
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError:
            return wrong("workspace", f"{folder} can't be written by this user")
    return ok("workspace", f"{workspace.root} can be written")


def _room(workspace: Workspace) -> Finding:
    try:
        check_room(workspace)
    except PipelineError as error:
        return wrong("disk", str(error))
    return ok("disk", f"{megabytes_free(workspace):,} MB are free")


def _place(workspace: Workspace) -> Finding:
    try:
        workspace.check_places()
        check_place(workspace)
    except PipelineError as error:
        return wrong("published", str(error))
    return ok("published", "on the file system of the workspace")


def _keys(workspace: Workspace) -> Finding:
    there = [file for file in workspace.secret_files if file.exists()]
    open_ones = [file.name for file in there if file.stat().st_mode & OTHERS]
    if open_ones:
        names = ", ".join(open_ones)
        return wrong("keys", f"others can read {names}; give them mode 0600 (chmod 600)")
    try:
        check_key(workspace)
        load_erased(workspace.erasure_list_file, workspace.erasure_key_file)
    except PipelineError as error:
        return wrong("keys", str(error))
    return ok("keys", f"{len(there)} files with secrets, none readable by others")


def _erasure(workspace: Workspace) -> Finding:
    under_way = workspace.erasure_under_way_file
    try:
        check_not_half_erased(under_way)
    except PipelineError as error:
        return wrong("erasure", f"nothing is published: {error}")
    if (left := without_receipt(under_way)) is not None:
        return wrong("erasure", left)
    return ok("erasure", "none was broken off")


def _private_modes(workspace: Workspace) -> Finding:
    private = workspace.private
    if not private.exists() and workspace.published_analytics.exists():
        return wrong("private", f"{private} is gone, beside a publication: `make restore`")
    if not private.exists():
        return note("private", "no private folder yet")
    if stat.S_IMODE(private.stat().st_mode) & OTHERS:
        return wrong("private", f"others can look into {private}; chmod 700 it")
    owner, user = private.stat().st_uid, os.geteuid()
    if owner != user:
        return wrong(
            "private",
            f"it belongs to user {owner}, this is user {user}: refresh as its owner, or chown it",
        )
    others = [path for path in private.rglob("*") if not os.access(path, os.R_OK | os.W_OK)]
    if others:
        names = ", ".join(str(path.relative_to(private)) for path in sorted(others)[:MOST_NAMED])
        return wrong(
            "private",
            f"{len(others)} can't be read and written by this user, {user}: {names}; chown them",
        )
    return ok("private", "for its owner alone")


def _raw(workspace: Workspace) -> Finding:
    """Whether what was delivered is where the settings say, and can be read.

    Of a store, the store itself is looked at: reading all its objects costs.
    """
    store = workspace.raw_store
    try:
        look_at_store(workspace)
        n_deliveries = sum(path.suffix == LINE for path in workspace.raw.glob("[!.]*/*"))
        if store is None:
            check_whole(workspace.raw, workspace.warehouse_file)
    except PipelineError as error:
        return wrong("raw", str(error))
    if store is None:
        return ok("raw", f"{n_deliveries:,} deliveries in private/raw")
    return ok("raw", f"{n_deliveries:,} deliveries in {store.name}, which keeps no versions")


def _landing(workspace: Workspace) -> Finding:
    try:
        check_folder(workspace.landing)
    except PipelineError as error:
        return wrong("landing", str(error))
    if not workspace.landing.is_dir() and not workspace.private.exists():
        return note("landing", "not there yet; the first refresh makes it")
    if not workspace.landing.is_dir():
        return wrong("landing", f"{workspace.landing} isn't there: drop exports into it")
    unreadable = [path for path in _landed(workspace.landing) if not os.access(path, os.R_OK)]
    if unreadable:
        names = ", ".join(printable(path.name) for path in unreadable[:MOST_NAMED])
        return wrong("landing", f"{len(unreadable)} can't be read by this user: {names}")
    landing_state(workspace.landing, workspace.settings_file)  # what a night begins with
    if left := _strays(workspace):
        return note("landing", f"not taken {'; '.join(left[:MOST_NAMED])}")
    required = [source.name for source in load_contracts().landing if source.required]
    empty = [
        name for name in required
        if not any(workspace.landing_source(name).glob("*")) and not workspace.raw.exists()
    ]  # fmt: skip
    if empty:
        return note("landing", f"nothing directly in {', '.join(empty)}; feeds may bring them")
    return ok("landing", "every file can be read")


def _strays(workspace: Workspace) -> list[str]:
    try:
        feeds = load_settings(workspace.settings_file).feeds
    except PipelineError:
        return []  # which folders are read can't be said; the settings are a finding themselves
    return strays(workspace.landing, folder_names(feeds))


def _landed(landing: Path) -> list[Path]:
    return sorted(path for path in landing.rglob("*") if not path.name.startswith("."))


def _addresses(workspace: Workspace) -> Finding:
    try:
        addresses = read_addresses(workspace.alert_addresses_file)
    except (PipelineError, OSError, UnicodeError) as error:
        said = str(error) if isinstance(error, PipelineError) else "the file can't be read"
        return wrong("alerts", said)
    if not addresses.alerts:
        return note("alerts", "nobody is told of a failed night: name whom in COACHING_ALERTS")
    if unusable := [named(each) for each in addresses.alerts if not is_address(each)]:
        return wrong("alerts", f"not as apprise writes addresses: {', '.join(unusable)}")
    beat = "a monitor hears of each night" if addresses.heartbeat else "no heartbeat"
    return ok("alerts", f"{len(addresses.alerts)} addresses, {beat}")


def _dagster_home(workspace: Workspace) -> Finding:
    where = "PostgreSQL" if os.environ.get(STORAGE_VARIABLE) else "files"
    if not workspace.dagster_home.exists():
        return note("dagster", f"no home yet; its storage will be {where}")
    if damaged := [file for file in workspace.dagster_home.rglob("*.db") if _no_database(file)]:
        names = ", ".join(sorted(file.name for file in damaged)[:MOST_NAMED])
        return wrong(
            "dagster",
            f"no databases any more: {names}; move {workspace.dagster_home} away, only the history "
            "of runs is in it",
        )
    if is_own_config(workspace):
        return note("dagster", f"{workspace.dagster_config} is your own and isn't replaced")
    return ok("dagster", f"storage in {where}, configured as shipped")


def _no_database(file: Path) -> bool:
    """Whether a file that has something in it doesn't begin as SQLite's files do."""
    with file.open("rb") as opened:
        head = opened.read(len(_SQLITE_HEAD))
    return bool(head) and head != _SQLITE_HEAD


def try_alerts(workspace: Workspace) -> Iterator[Finding]:
    """Send a trial to everybody who would be told of a night."""
    try:
        taken = try_addresses(workspace, load_settings(workspace.settings_file).alerts)
    except (PipelineError, OSError, UnicodeError):
        return  # said already by those who looked at settings and addresses
    for address, is_taken in taken.items():
        yield (
            ok("trial", f"{address} took it")
            if is_taken
            else wrong("trial", f"{address} didn't take it")
        )
