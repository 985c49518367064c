"""Erase people, publish without them, write a receipt.

``python -m assets.commands.erase --workspace dir --employee E123 [--employee E124]``; with
``--verify receipt.json`` it checks a receipt instead, and that nobody named by ``--employee`` is
found. Exit status: 0 erased (or verified); 2 erased in private, but a blocking quality check
refused the publication; 1 anything else. The last line says which it was.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from assets.command_line import ended, settings_of, workspace_parser
from assets.errors import describe_error
from pipelines.core.errors import PipelineError
from pipelines.core.lock import only_one
from pipelines.core.step_log import write_line
from pipelines.core.versions import code_version
from pipelines.core.warehouse import open_warehouse
from pipelines.core.workspace import Workspace
from pipelines.erasure.erase import Erasure
from pipelines.erasure.receipt import ReceiptError, read_receipt, write_receipt
from pipelines.erasure.recovery import rebuild_warehouse
from pipelines.ingest.pull.pull_database import is_pulled
from pipelines.personal_data.erasure_registry import UnderWay, load_erasure_key, write_under_way
from pipelines.release.refresh_log import last_published
from pipelines.release.versions import forget_publications

ERASED, FAILED, REFUSED = 0, 1, 2
AGAIN = "run the same command again: it goes on where it ended"


def main(arguments: list[str] | None = None) -> int:
    """Parse the command line, erase or verify, and end with one line that says what happened."""
    options = _options(arguments)
    workspace = Workspace(options.workspace.resolve())
    try:
        settings = settings_of(workspace)
        erasure = Erasure(workspace, tuple(options.employee), settings.mapping)
        if options.verify is not None:
            return _verify(erasure, options.verify)
        return _erase(erasure)
    except PipelineError as error:
        return ended("failed", " ".join(str(error).split()), FAILED)
    except Exception as error:
        described = describe_error(error)
        write_line("\n".join(described.places))
        return ended("failed", f"{described.summary}; {AGAIN}", FAILED)


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = workspace_parser("Erase people from a workspace.")
    parser.add_argument("--employee", nargs="+", action="extend", default=[], metavar="ID")
    parser.add_argument("--verify", type=Path, metavar="RECEIPT")
    options = parser.parse_args(arguments)
    options.employee = [each.strip() for each in options.employee if each.strip()]
    if not options.employee and options.verify is None:
        parser.error("say whom: --employee E123")
    return options


def _erase(erasure: Erasure) -> int:
    from assets.instance import prepare_instance
    from assets.run_history import forget_runs

    workspace = erasure.workspace
    if not workspace.warehouse_file.exists() and not workspace.raw.exists():
        raise PipelineError(f"{workspace.root} has no warehouse; there is nobody to erase")
    prepare_instance(workspace)
    with only_one(workspace.lock_file):
        if not workspace.warehouse_file.exists():
            rebuild_warehouse(workspace)
        under_way = erasure.remove(erasure.begin(_now()))
        n_forgotten = forget_publications(workspace)
        under_way = under_way.with_counts({"kept publications": {"folders": n_forgotten}})
        under_way = under_way.with_counts({"run history": {"runs": forget_runs(workspace)}})
        under_way = replace(under_way, is_removed=True)
        write_under_way(workspace.erasure_under_way_file, under_way)
    for file in under_way.landing_files:
        where = f"the database of {file}" if is_pulled(file) else f"landing/{file}"
        write_line(f"  had them {where}: see to it there, we never change it")
    for store, counts in under_way.removed.items():
        write_line(f"  removed  {store}: {_listed(counts)}")
    return _publish(erasure, under_way)


def _publish(erasure: Erasure, under_way: UnderWay) -> int:
    """Refresh, look for what may be left, and write the receipt."""
    from assets.run import run_nightly_refresh

    workspace = erasure.workspace
    outcome = run_nightly_refresh(workspace)
    for line in outcome.details:
        write_line(line)
    if outcome.status != "published":
        status = REFUSED if outcome.status == "refused" else FAILED
        summary = f"erased from private/, but still in the publication: {outcome.summary}; {AGAIN}"
        return ended(outcome.status, summary, status)
    with only_one(workspace.lock_file):
        left = erasure.traces()
        if left:
            for trace in left:
                write_line(f"  found    {trace.describe()}")
            return ended("failed", f"not everything could be removed, see above; {AGAIN}", FAILED)
        receipt = _receipt(workspace, under_way)
        workspace.erasure_under_way_file.unlink()
    n_people = len(under_way.people)
    return ended(
        "erased",
        f"{n_people} {'person' if n_people == 1 else 'people'}, {outcome.summary}; "
        f"receipt {receipt.relative_to(workspace.root)}",
        ERASED,
    )


def _receipt(workspace: Workspace, under_way: UnderWay) -> Path:
    with open_warehouse(workspace.warehouse_file) as con:
        published = last_published(con).row(0, named=True)
    return write_receipt(
        workspace.receipts,
        load_erasure_key(workspace.erasure_key_file),
        under_way,
        ended_at=_now(),
        details={
            "code_version": code_version(),
            "published_refresh": published["refresh_id"],
            "published_data_version": published["data_version"],
        },
    )


def _verify(erasure: Erasure, receipt: Path) -> int:
    """Check a receipt's seal, and that nothing of the people named again is found."""
    workspace = erasure.workspace
    if not workspace.erasure_key_file.exists():
        raise ReceiptError("there is no erasure key here, so no receipt can be checked")
    content = read_receipt(receipt, load_erasure_key(workspace.erasure_key_file))
    if set(erasure.hashes()) - set(content["people"]):
        raise ReceiptError(f"{receipt.name} is in order, but isn't about all who were named")
    left = erasure.traces() if erasure.identifiers else []
    for trace in left:
        write_line(f"  found    {trace.describe()}")
    if left:
        return ended("failed", f"{receipt.name} is in order, but see above", FAILED)
    found = "nothing of them is found" if erasure.identifiers else "nobody was looked for"
    return ended("verified", f"{receipt.name} of {content['ended_at']}; {found}", ERASED)


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{n:,} {kind}" for kind, n in sorted(counts.items()))


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")


if __name__ == "__main__":
    sys.exit(main())
