"""What was set aside in raw: an erased person goes out of it, and records past their age."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipelines.core.warehouse import fetch, open_warehouse
from pipelines.core.workspace import Workspace
from pipelines.erasure.age_sweep import sweep
from pipelines.erasure.recovery import rebuild_warehouse
from pipelines.ingest.load.raw_store import ORPHANS
from tests.privacy.test_erasure_steps import GONE, OTHER, centre, erase
from tests.privacy.traces import found_in

__all__ = ["centre"]


def aside(workspace: Workspace) -> Path:
    return workspace.raw / ORPHANS / "roster"


@pytest.fixture
def with_orphans(centre: Workspace) -> Workspace:
    """A delivery, its line, its rejected values and half a file, all set aside."""
    aside(centre).mkdir(parents=True)
    for path in (centre.raw / "roster").glob("00000*"):
        shutil.copy(path, aside(centre) / f"9{path.name[1:]}")
    assert len([*aside(centre).iterdir()]) == 3
    line = aside(centre) / "900001.json"
    line.write_text(line.read_text().replace('"reason": null', f'"reason": "{GONE}"', 1))
    whole = next(aside(centre).glob("9*-1.parquet")).read_bytes()
    (aside(centre) / "800001-1.parquet").write_bytes(whole[: len(whole) // 2])
    return centre


def test_an_erased_person_goes_out_of_what_was_set_aside(with_orphans: Workspace) -> None:
    erase(with_orphans, GONE)
    left = {path.name for path in aside(with_orphans).iterdir()}
    assert "800001-1.parquet" not in left, "half a file can't be looked through"
    (rows,) = [name for name in left if name.endswith("-1.parquet")]
    people = pq.read_table(aside(with_orphans) / rows)["employee_id"].to_pylist()
    assert GONE not in people
    assert OTHER in people
    assert len(people) == 41
    line = json.loads((aside(with_orphans) / "900001.json").read_text())
    assert line["reason"] is None


def test_records_past_their_age_go_out_of_what_was_set_aside(with_orphans: Workspace) -> None:
    with open_warehouse(with_orphans.warehouse_file) as con:
        exits = with_orphans.raw / ORPHANS / "attrition"
        exits.mkdir(parents=True)
        delivered = next((with_orphans.raw / "attrition").glob("0*-1.parquet"))
        shutil.copy(delivered, exits / "7-1.parquet")
        sweep(con, with_orphans, dt.date(2035, 1, 1), 5)
    assert [*exits.iterdir()] == []


def test_a_rebuilt_ledger_has_nobody_who_was_erased_since_its_lines(centre: Workspace) -> None:
    """A kill between the erasure's commit and its lines, and then the warehouse is lost."""
    shutil.copytree(centre.raw, centre.root / "raw-before")
    erase(centre, GONE)
    shutil.rmtree(centre.raw)
    (centre.root / "raw-before").rename(centre.raw)
    assert found_in([GONE], centre.raw)
    assert rebuild_warehouse(centre) > 0
    texts = [str(pq.read_table(path).to_pylist()) for path in centre.raw.rglob("*.parquet")]
    assert not [text for text in texts if f"'{GONE}'" in text]
    with open_warehouse(centre.warehouse_file) as con:
        cells = fetch(con, "select count(*) from ledger.rejected_cell").item()
    assert cells == 0
