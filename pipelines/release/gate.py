"""From a finished build and its checks to its number, or a refusal: the gate before `published/`.

Only what was checked passes, as it was checked, and of one refresh. Asked right before the swap,
whoever asks for it: the nightly job, a click in Dagster's UI, a command. Every blocking check must
have passed on the very data and by the very code that the publication is made from; tables,
analysts' file and pages must be of one refresh. A refused delivery and a failed check block where
their source is required; of an optional source they cost what needs it (`quality.reportability`),
but they must have been looked at all the same.
"""

from __future__ import annotations

from pathlib import Path

from pipelines.config.settings import Settings
from pipelines.contracts.sources import load_contracts
from pipelines.core.check_results import DELIVERIES_ACCEPTED
from pipelines.core.checked_data import checked, delivered_fingerprint, staged_fingerprint
from pipelines.core.errors import DataRefusedError, PipelineError
from pipelines.core.queries import statement
from pipelines.core.versions import code_version
from pipelines.core.warehouse import (
    Connection,
    fetch,
    has_table,
    read_published,
    read_table,
)
from pipelines.core.workspace import Workspace
from pipelines.quality.run_checks import declared_checks
from pipelines.release.manifest import ANALYTICS, SITE_REFRESH
from pipelines.release.publish import stands
from pipelines.release.refresh_log import current_data_version

PENDING_REFRESH = "meta.pending_refresh"
PLANNED, RELEASED = "planned", "released"
ANEW = "Start the nightly job (`make refresh`); nothing was published"


class NotReadyError(PipelineError):
    """What was built isn't one refresh's, or isn't made from what was checked."""


def note_made_from(con: Connection, number: int, layer: str = RELEASED) -> None:
    """Note which data a layer's tables are made from.

    Raises `NotReadyError` where an earlier layer of the same refresh was made from other data.
    """
    con.execute(statement("refresh/made_from"))
    now = staged_fingerprint(con)
    earlier = _made_from(con, number)
    if earlier and earlier != {now}:
        raise NotReadyError(
            f"the data have changed since refresh {number} began: tables that are made already "
            f"rest on others. {ANEW}"
        )
    of_layer = {"refresh_id": number, "layer": layer}
    con.execute(statement("refresh/forget_made_from"), of_layer)
    con.execute(statement("refresh/note_made_from"), {**of_layer, "data": now})


def _made_from(con: Connection, number: int) -> set[str]:
    rows = fetch(con, statement("refresh/made_from_data"), {"refresh_id": number})
    return set(rows["data_fingerprint"])


def check_ready(con: Connection, settings: Settings, workspace: Workspace) -> int:
    """Let a finished build pass; returns the number of its refresh.

    What has passed and been swapped in already passes again: then nothing is left to swap.

    Raises `DataRefusedError` where a blocking check failed or didn't look at these data, and
    `NotReadyError` where the parts don't belong together.
    """
    check_passed(con)
    if not has_table(con, PENDING_REFRESH):
        raise NotReadyError(f"no tables were released for a publication. {ANEW}")
    pending = read_table(con, PENDING_REFRESH).row(0, named=True)
    number = int(pending["refresh_id"])
    is_done = not workspace.build.exists() and stands(workspace, number)
    _check_one_refresh(con, number, workspace.published if is_done else workspace.build)
    con.execute(statement("refresh/made_from"))
    now = staged_fingerprint(con)
    if pending["code_version"] != code_version():
        raise NotReadyError(f"the tables of refresh {number} were made by other code. {ANEW}")
    if _made_from(con, number) != {now}:
        raise NotReadyError(f"the data have changed since refresh {number} made its tables. {ANEW}")
    if pending["data_version"] != current_data_version(con, settings):
        raise NotReadyError(f"settings or data changed since refresh {number} began. {ANEW}")
    return number


def check_passed(con: Connection) -> None:
    """Ask for every blocking check, on what is staged now and by this code."""
    staged, found = staged_fingerprint(con), checked(con)
    failed, missing = [], []
    for source in load_contracts().sources:
        raw = (f"raw.{source.name}", DELIVERIES_ACCEPTED)
        wanted = {raw: delivered_fingerprint(con, source.name)}
        wanted |= {
            (f"staging.{source.name}", check.name): staged
            for check in declared_checks(source)
            if check.severity == "ERROR"
        }
        for key, data in wanted.items():
            is_passed, on_data, by_code = found.get(key, (False, "", ""))
            name = f"{key[0].replace('.', '/')} {key[1]}"
            if (on_data, by_code) != (data, code_version()):
                missing.append(name)
            elif not is_passed and source.required:
                failed.append(name)
    if failed:
        raise DataRefusedError(
            f"{len(failed)} blocking checks failed on these data, the first: {failed[0]}. Mend the "
            "delivery, or take it back (`make withdraw FILE=source/file`), and refresh; nothing "
            "was published"
        )
    if missing:
        raise DataRefusedError(
            f"{len(missing)} blocking checks haven't looked at these data with this code, the "
            f"first: {missing[0]}. {ANEW}"
        )


def _check_one_refresh(con: Connection, number: int, build: Path) -> None:
    """Tables, file and pages carry one number, and it is that of a refresh that was begun."""
    if not fetch(con, statement("refresh/has_begun"), {"refresh_id": number}).height:
        raise NotReadyError(f"refresh {number} wasn't begun by the nightly job. {ANEW}")
    rows = read_published(con, build / ANALYTICS, "meta.refresh")
    carried: dict[str, int | None] = {
        "the analysts' file": None if rows is None else max(rows["refresh_id"], default=None),
        "the pages": _site_refresh(build),
    }
    for part, its in carried.items():
        if its is None:
            raise NotReadyError(f"the publication lacks {part}. {ANEW}")
        if its != number:
            raise NotReadyError(
                f"the parts of the publication aren't of one refresh: the tables are of refresh "
                f"{number}, {part} of refresh {its}. {ANEW}"
            )


def _site_refresh(build: Path) -> int | None:
    path = build / SITE_REFRESH
    if not path.is_file():
        return None
    return int(path.read_text(encoding="ascii"))
