"""Erased people don't come back: deliveries are taken in as if their rows weren't in them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipelines.core.warehouse import fetch
from pipelines.core.workspace import Workspace
from pipelines.erasure.quarantine import changed_files, replace_files
from pipelines.erasure.raw_store import changes, clear_ledger, put_in_place, settle_files
from pipelines.erasure.traces import find_traces
from pipelines.ingest.load.ingest_report import IngestReport
from pipelines.ingest.load.ingest_source import ingest_source
from pipelines.personal_data.erased_people import FOR_GOOD, Erased, mark, person_hash
from tests.unit.ingest.landing import NOW, Landing, landing

KEY = b"a key that is as long as keys should be"
GONE = "ZQX-77031"
ERASED = Erased(KEY, {person_hash(KEY, GONE): FOR_GOOD}, frozenset([len(GONE)]))

SESSIONS = "session_id,employee_id,coach_id,started_at,style,rater_id,notes,mentor_id\n"
EXITS = "employee_id,separation_date,separation_type,reason\n"


def take_in(place: Landing, erased: Erased = ERASED) -> IngestReport:
    return ingest_source(
        place.con,
        place.source,
        place.folder,
        raw=place.folder.parent / "private" / "raw",
        now=NOW,
        mapping=place.mapping,
        quarantine=place.quarantine,
        erased=erased,
    )


def erase_in_place(place: Landing) -> None:
    """What `Erasure.remove` does to one source."""
    replace_files(changed_files(place.quarantine, place.source, place.mapping, ERASED))
    raw = place.folder.parent / "private" / "raw" / place.source.name
    for change in changes(place.con, place.source, raw, ERASED):
        put_in_place(place.con, raw, change)
    clear_ledger(place.con, ERASED)
    place.con.execute("delete from ledger.staged")
    settle_files(place.con, place.source, raw.parent)


def everything(place: Landing) -> str:
    """All that stands in the warehouse and the quarantine, as text."""
    name = place.source.name
    tables = [f"raw.{name}", f"staging.{name}", "ledger.rejected_cell", "ledger.file"]
    texts = [str(fetch(place.con, f"from {table}").rows()) for table in tables]
    files = [path.read_text() for path in sorted(place.quarantine.glob("*"))]
    return "\n".join([*texts, *files])


def counts(place: Landing) -> list[tuple[object, ...]]:
    return fetch(
        place.con,
        "select file, status, n_rows, n_accepted, n_quarantined, n_superseded from ledger.file "
        "order by file_id",
    ).rows()


def test_rows_of_an_erased_person_are_left_out_wherever_they_stand(tmp_path: Path) -> None:
    sound = "".join(f"S{n},E{n},C1,2026-01-02T10:00:00,a,,,\n" for n in range(100))
    with landing(tmp_path, "coaching_sessions") as place:
        place.drop(
            "s.csv",
            SESSIONS
            + sound
            + f"S200, {GONE} ,C1,2026-01-02T10:00:00,a,,secret one,\n"
            + f"S201,{GONE},C1,not a date,a,,secret two,\n"
            + f"S202,C1,2026-01-02T10:00:00,{GONE},a,,secret three,\n"
            + f"S203,{GONE},C1,2026-01-02T10:00:00,a,,secret four,,one,too,many\n"
            + f"S300,E1,{GONE},2026-01-02T10:00:00,a,{GONE},spoke of {GONE}.,{GONE}\n"
            + f"S301,E1,{GONE},no date either,a,,kept,\n",
        )
        report = take_in(place)
        assert report.n_files_loaded == 1, report
        assert GONE not in everything(place)
        assert "secret" not in everything(place)
        their_mark = mark(KEY, GONE)
        row = next(row for row in place.staged() if row["session_id"] == "S300")
        assert (row["coach_id"], row["rater_id"]) == (their_mark, their_mark)
        assert row["notes"] == f"spoke of {their_mark}."
        assert f'"mentor_id":"{their_mark}"' in everything(place)
        assert "kept" in (place.quarantine / "s.csv").read_text()
        assert counts(place) == [("s.csv", "loaded", 106, 101, 1, 4)]
        assert take_in(place).n_files_known == 1


def test_a_file_of_nobody_else_is_loaded_empty(tmp_path: Path) -> None:
    with landing(tmp_path, "attrition") as place:
        place.drop("x.csv", EXITS + f"{GONE},2026-01-01,voluntary,moved\n")
        place.drop("x.tombstone.csv", f"employee_id,separation_date\n{GONE},2026-01-01\n")
        assert take_in(place).n_files_loaded == 2
        assert counts(place) == [
            ("x.csv", "loaded", 1, 0, 0, 1),
            ("x.tombstone.csv", "loaded", 1, 0, 0, 1),
        ]
        assert GONE not in everything(place)


def test_what_made_a_delivery_refused_may_be_the_erased_persons_row(tmp_path: Path) -> None:
    with landing(tmp_path, "attrition") as place:
        place.drop("x.csv", EXITS + f"E1,2026-01-01,voluntary,\n{GONE},31.12.2025,voluntary,ill\n")
        assert take_in(place, Erased()).n_files_refused == 1
        assert GONE in everything(place)
        erase_in_place(place)
        assert GONE not in everything(place)
        assert "ill" not in (place.quarantine / "x.csv").read_text()
        assert take_in(place).n_files_loaded == 1
        assert counts(place) == [("x.csv", "loaded", 2, 1, 0, 1)]


PEOPLE = st.sampled_from([GONE, f" {GONE}", "E1", "E2", "E3"])
DAYS = st.sampled_from(["2026-01-01", "2026-01-02", "2026-13-01", ""])
REASONS = st.sampled_from(["", "moved", f"after {GONE}", "left, with a comma"])
ROWS = st.lists(st.tuples(PEOPLE, DAYS, REASONS), max_size=6)
FILES = st.lists(st.tuples(ROWS, st.booleans()), min_size=1, max_size=4)


def drop_all(place: Landing, files: list[tuple[list[tuple[str, str, str]], bool]]) -> None:
    sound = [(f"P{n}", "2026-01-01", "") for n in range(130)]
    for number, (rows, is_tombstone) in enumerate(files):
        if is_tombstone:
            frame = pl.DataFrame(
                [row[:2] for row in rows if row[1].startswith("2026-01")],
                schema=["employee_id", "separation_date"],
                orient="row",
            )
            place.drop(f"{number}.tombstone.csv", frame.write_csv())
        else:
            frame = pl.DataFrame(
                [(who, day, "voluntary", why) for who, day, why in [*sound, *rows]],
                schema=EXITS.strip().split(","),
                orient="row",
            )
            place.drop(f"{number}.csv", frame.write_csv())


@dataclass
class State:
    staged: list[dict[str, object]]
    raw: list[tuple[object, ...]]
    counts: list[tuple[object, ...]]
    quarantine: dict[str, str]


def state(place: Landing) -> State:
    return State(
        place.staged(),
        fetch(place.con, f"from raw.{place.source.name} order by file_id, line_number").rows(),
        counts(place),
        {path.name: path.read_text() for path in sorted(place.quarantine.glob("*"))},
    )


def has_doubles_that_mention(rows: list[tuple[str, str, str]]) -> bool:
    keys = [(who.strip(), day) for who, day, _ in rows]
    mentioning = [(who.strip(), day) for who, day, why in rows if GONE in why]
    return any(keys.count(key) > 1 for key in mentioning)


def test_a_double_that_mentions_them_is_forgotten_either_way(tmp_path: Path) -> None:
    """Handed back already, the row goes as a whole; left out as it comes in, it has their mark."""
    files = [([("E1", "2026-01-01", ""), ("E1", "2026-01-01", f"after {GONE}")], False)]
    for name, erased, n_left in (("after", Erased(), 1), ("before", None, 2)):
        with landing(tmp_path / name, "attrition") as place:
            drop_all(place, files)
            take_in(place) if erased is None else take_in(place, erased)
            if erased is not None:
                erase_in_place(place)
                take_in(place)
            assert GONE not in everything(place)
            handed_back = (place.quarantine / "0.csv").read_text().splitlines()[1:]
            assert len(handed_back) == n_left


@example([([(who, "2026-01-01", why) for who in (GONE, "E1") for why in ("", "moved")], False)])
@given(FILES.filter(lambda files: not any(has_doubles_that_mention(rows) for rows, _ in files)))
@settings(max_examples=6, deadline=None)
def test_erasing_in_place_is_taking_everything_in_without_them(
    tmp_path_factory: pytest.TempPathFactory,
    files: list[tuple[list[tuple[str, str, str]], bool]],
) -> None:
    """Two ways to the same end: erased after it came in, and left out as it came in."""
    with landing(tmp_path_factory.mktemp("after"), "attrition") as after:
        drop_all(after, files)
        take_in(after, Erased())
        erase_in_place(after)
        report = take_in(after)
        assert report.n_files_loaded == 0, "no file is read again for an erasure"
        with landing(tmp_path_factory.mktemp("before"), "attrition") as before:
            drop_all(before, files)
            take_in(before)
            assert state(after) == state(before)
            assert GONE not in everything(after) + everything(before)
        workspace = Workspace(after.folder.parent)
        assert find_traces(workspace, [GONE]) == []
