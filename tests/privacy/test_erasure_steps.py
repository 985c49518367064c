"""An erasure step by step, on a small warehouse: broken off anywhere, it ends the same."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from pipelines.contracts.sources import load_contracts
from pipelines.core.warehouse import fetch, fetch_value, open_warehouse, write
from pipelines.core.workspace import Workspace
from pipelines.erasure import erase as erase_module
from pipelines.erasure.erase import Erasure, UnknownPersonError
from pipelines.erasure.receipt import ReceiptError, read_receipt, write_receipt
from pipelines.ingest.load.ingest_source import ingest_source
from pipelines.personal_data.erasure_registry import (
    HalfErasedError,
    check_not_half_erased,
    load_erased,
    load_erasure_key,
    read_under_way,
)
from pipelines.personal_data.pseudonyms import load_key, pseudonym_table

NOW = dt.datetime(2026, 11, 1, 2, 30, tzinfo=dt.UTC)
GONE, OTHER = "ZQX-77031", "ZQX-770310"
SOUND = "".join(f"P{n},2022-01-01,2022-01-01,Aster,T,agent,{GONE}\n" for n in range(40))
FILES = {
    "roster/a.csv": "employee_id,effective_date,hire_date,site,team,role,supervisor_id\n"
    f"{SOUND}{GONE},2022-01-01,2022-01-01,Aster,T,agent,\n{OTHER},2022-01-01,2022-01-01,A,T,agent,\n"
    f"{GONE},2022-13-01,2022-01-01,Aster,T,agent,\n",
    "attrition/a.csv": "employee_id,separation_date,separation_type\n"
    f"{GONE},2025-01-01,voluntary\n",
}
STEPS = ("add_people", "replace_files", "erase_rows", "rewrite", "settle_files")


@pytest.fixture
def centre(tmp_path: Path) -> Workspace:
    workspace = Workspace(tmp_path)
    workspace.prepare()
    for name, text in FILES.items():
        path = workspace.landing / name
        path.parent.mkdir()
        path.write_text(text)
    with open_warehouse(workspace.warehouse_file) as con:
        for source in load_contracts().sources:
            ingest_source(
                con,
                source,
                workspace.landing_source(source.name),
                raw=workspace.raw,
                now=NOW,
                quarantine=workspace.quarantine / source.name,
            )
        people = fetch(con, "select employee_id from staging.roster")["employee_id"]
        write(
            con,
            "staging.pseudonym",
            pseudonym_table(load_key(workspace.pseudonym_key_file), people),
        )
        con.execute(
            "create table disclosure.contribution as "
            "select person_key as agent_key, 1 as n from staging.pseudonym"
        )
    return workspace


def erase(workspace: Workspace, *identifiers: str) -> dict[str, dict[str, int]]:
    job = Erasure(workspace, identifiers, {})
    return {store: dict(counts) for store, counts in job.remove(job.begin("now")).removed.items()}


COUNTED = {
    "quarantine": {"files": 1, "rows": 1, "cells": 0},
    "raw": {"files": 2, "rows": 3, "cells": 40},
    "rejected values": {"cells": 0},
    "warehouse disclosure": {"rows": 1},
    "warehouse staging": {"rows": 43},
}


def test_everything_of_one_person_goes_and_nothing_of_another(centre: Workspace) -> None:
    assert erase(centre, GONE) == COUNTED
    assert Erasure(centre, (GONE,), {}).traces() == []
    left = {trace.file.partition("/")[0] for trace in Erasure(centre, (OTHER,), {}).traces()}
    assert left == {"private"}
    with open_warehouse(centre.warehouse_file) as con:
        assert fetch_value(con, "select count(*) from disclosure.contribution") == 41
        assert fetch_value(con, "select cause from disclosure.cut_request") == "erasure"
    under_way = read_under_way(centre.erasure_under_way_file)
    assert under_way is not None
    assert under_way.landing_files == ("attrition/a.csv", "roster/a.csv")


@pytest.mark.parametrize("step", STEPS)
def test_broken_off_before_any_step_it_ends_the_same(
    centre: Workspace, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(BaseException):
        pass

    def broken(*_: object, **__: object) -> None:
        raise Broken

    owner = erase_module
    with monkeypatch.context() as patched:
        patched.setattr(owner, step, broken)
        with pytest.raises(Broken):
            erase(centre, GONE)
    with pytest.raises(HalfErasedError, match="run `make erase` again"):
        check_not_half_erased(centre.erasure_under_way_file)
    with pytest.raises(HalfErasedError, match="1 more"):
        erase(centre, OTHER)
    assert erase(centre, GONE) == COUNTED
    assert Erasure(centre, (GONE,), {}).traces() == []


def test_nobody_unknown_is_erased(centre: Workspace) -> None:
    for unknown in ("ZQX-7703", "zqx-77031", "NO-SUCH-1"):
        with pytest.raises(UnknownPersonError, match="Nothing was changed"):
            erase(centre, unknown)
    assert not centre.erasure_list_file.exists()
    assert not centre.erasure_under_way_file.exists()


def test_who_only_stands_in_the_quarantine_is_known(centre: Workspace) -> None:
    path = centre.quarantine / "shifts" / "old.csv"
    path.parent.mkdir()
    path.write_text("employee_id,shift_date,rule,column,expected\nLOST-4711,,required,x,y\n")
    assert erase(centre, "LOST-4711")["quarantine"] == {"files": 1, "rows": 1, "cells": 0}
    assert not path.exists()
    files = (centre.erasure_list_file, centre.erasure_key_file)
    assert load_erased(*files).is_erased("LOST-4711")


def test_receipts_follow_one_another(centre: Workspace) -> None:
    job = Erasure(centre, (GONE,), {})
    under_way, key = job.begin("2026-11-01"), load_erasure_key(centre.erasure_key_file)
    first, second, third = (
        write_receipt(centre.receipts, key, under_way, ended_at=f"{n}", details={})
        for n in range(3)
    )
    assert [each.name for each in (first, second)] == ["000001.json", "000002.json"]
    assert read_receipt(third, key)["ended_at"] == "2"
    text = second.read_text()
    second.write_text(text.replace('"ended_at": "1"', '"ended_at": "9"'))
    with pytest.raises(ReceiptError, match="its seal doesn't fit"):
        read_receipt(second, key)
    second.write_text(text)
    with pytest.raises(ReceiptError, match="its seal doesn't fit"):
        read_receipt(second, b"another key")
    second.unlink()
    with pytest.raises(ReceiptError, match="one was changed or is missing"):
        read_receipt(third, key)
    (centre.receipts / "000002.json").write_text("[]")
    with pytest.raises(ReceiptError, match="is no receipt"):
        read_receipt(centre.receipts / "000002.json", key)


def test_a_feeds_rejected_records_go_as_a_whole(centre: Workspace) -> None:
    """They name people by another system's identifiers, which tell nobody's name here."""
    path = centre.quarantine / "shifts" / "ukg_October.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    header = "Badge,Clocked in,_rule,_column,_expected\n"
    path.write_text(f"{header}b-17@example.org,yesterday,date,Clocked in,a date\n")
    erase(centre, GONE)
    assert not path.exists()
