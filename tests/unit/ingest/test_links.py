"""Links in the landing folder: what leads out is refused unread, what stays within is a file."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.core.errors import GateError
from pipelines.core.warehouse import fetch
from pipelines.ingest.load.known_content import has_known_content
from pipelines.ingest.read import landing_folder
from pipelines.ingest.read.landing_fingerprint import landing_state
from pipelines.ingest.read.landing_folder import strays
from pipelines.ingest.read.landing_links import read_within
from tests.unit.ingest.landing import Landing, assert_invariant, landing

HEADER = "employee_id,separation_date,separation_type\n"
OURS = HEADER + "E1,2024-01-01,other\n"
SECRET = HEADER + "ZQX,2024-02-02,voluntary\n"
NOTHING = Path("no-settings.toml")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Landing]:
    """A landing folder with one file of its own, and a folder outside with another."""
    (tmp_path / "landing").mkdir()
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.csv").write_text(SECRET)
    with landing(tmp_path / "landing", "attrition") as made:
        made.drop("a.csv", OURS)
        yield made


def _people(place: Landing) -> list[str]:
    return [row["employee_id"] for row in place.staged()]


def _told(place: Landing) -> str:
    kept = fetch(place.con, "select * from ledger.file").rows()
    return str([kept, fetch(place.con, "select * from ledger.rejected_cell").rows()])


@pytest.mark.parametrize(
    ("target", "is_relative"),
    [("secret.csv", True), ("secret.csv", False), ("", False), ("gone.csv", True)],
)
def test_a_link_that_leads_out_is_refused_unread(
    place: Landing, target: str, is_relative: bool
) -> None:
    outside = place.folder.parent.parent / "outside" / target
    link = place.folder / "b.csv"
    link.symlink_to(f"../../outside/{target}" if is_relative else outside)
    for _ in range(2):
        report = place.refresh()
        (reason,) = report.gate_refusals
        assert reason.startswith("attrition/b.csv: is a symbolic link that leads out of landing/")
        assert "Copy what it names into its place, or remove the link" in reason
        row = place.files()["b.csv"]
        assert (row["status"], row["is_in_landing"], row["n_rows"]) == ("refused", True, None)
        assert row["reason"] in reason
        assert _people(place) == ["E1"]
        assert "ZQX" not in _told(place)
        assert_invariant(place)
    assert fetch(place.con, "select count(*) from ledger.file").item() == 2
    link.unlink()
    assert place.refresh().gate_refusals == ()
    assert place.files()["b.csv"]["is_in_landing"] is False


def test_a_linked_source_folder_is_refused(place: Landing) -> None:
    place.refresh()
    moved = place.folder.rename(place.folder.with_name("moved"))
    place.folder.symlink_to(place.folder.parent.parent / "outside")
    for _ in range(2):
        (reason,) = place.refresh().gate_refusals
        assert reason.startswith("attrition/(the folder): is a symbolic link")
        assert place.files()["(the folder)"]["status"] == "refused"
        assert _people(place) == ["E1"]
        assert "ZQX" not in _told(place)
    place.folder.unlink()
    moved.rename(place.folder)
    report = place.refresh()
    assert (report.gate_refusals, report.n_files_known) == ((), 1)
    assert place.files()["(the folder)"]["is_in_landing"] is False
    assert_invariant(place)


def test_a_link_to_a_link_that_leads_out_is_refused(place: Landing) -> None:
    (place.folder / ".inner").symlink_to(place.folder.parent.parent / "outside")
    (place.folder / "b.csv").symlink_to(".inner/secret.csv")
    (place.folder / "c.csv").symlink_to("c.csv")
    assert len(place.refresh().gate_refusals) == 2
    assert _people(place) == ["E1"]


def test_a_link_within_landing_is_a_file_like_another(place: Landing) -> None:
    (place.folder / ".store").mkdir()
    (place.folder / ".store" / "2024.csv").write_text(SECRET)
    (place.folder / "latest.csv").symlink_to(".store/2024.csv")
    report = place.refresh()
    assert (report.gate_refusals, report.n_files_loaded) == ((), 2)
    assert _people(place) == ["E1", "ZQX"]
    assert_invariant(place)


def test_landing_itself_may_be_a_link(place: Landing, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").symlink_to(tmp_path / "landing")
    place.folder = tmp_path / "elsewhere" / "attrition"
    assert place.refresh().n_files_loaded == 1
    assert landing_state(tmp_path / "elsewhere", NOTHING).n_files == 1


def test_a_file_replaced_by_a_link_keeps_its_rows(place: Landing) -> None:
    place.refresh()
    (place.folder / "a.csv").unlink()
    (place.folder / "a.csv").symlink_to(place.folder.parent.parent / "outside" / "secret.csv")
    assert len(place.refresh().gate_refusals) == 1
    assert _people(place) == ["E1"]
    assert_invariant(place)


def test_a_pipe_is_refused_and_stops_nothing(place: Landing) -> None:
    os.mkfifo(place.folder / "b.csv")
    (reason,) = place.refresh().gate_refusals
    assert reason.startswith("attrition/b.csv: is neither a file nor a folder")
    assert _people(place) == ["E1"]


def test_a_folder_swapped_for_a_link_between_looking_and_reading_is_not_followed(
    place: Landing, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, file = place.folder.parent, place.folder / "secret.csv"
    file.write_text(OURS)
    honest = {path: path.resolve() for path in (root, file)}
    place.folder.rename(root / "moved")
    place.folder.symlink_to(root.parent / "outside")
    assert file.read_text() == SECRET
    monkeypatch.setattr(Path, "resolve", lambda path, strict=False: honest[path])
    with pytest.raises(OSError, match=r"Not a directory|levels of symbolic links"):
        read_within(file, root, 1000)


def test_a_file_elsewhere_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "landing").mkdir()
    (tmp_path / "a.csv").write_text(SECRET)
    with pytest.raises(GateError, match="leads out of landing"):
        read_within(tmp_path / "landing" / ".." / "a.csv", tmp_path / "landing", 1000)


def test_the_sensor_does_not_look_behind_links_that_lead_out(place: Landing) -> None:
    root, outside = place.folder.parent, place.folder.parent.parent / "outside"
    bare = landing_state(root, NOTHING)
    (place.folder / "b.csv").symlink_to(outside / "secret.csv")
    (root / "roster").symlink_to(outside)
    linked = landing_state(root, NOTHING)
    assert (linked.n_files, bare.n_files) == (3, 1)
    assert linked.fingerprint != bare.fingerprint, "the next refresh tells of them"
    (outside / "secret.csv").write_text(SECRET * 2)
    (outside / "more.csv").write_text(SECRET)
    assert landing_state(root, NOTHING) == linked


def test_the_sensor_sees_changes_behind_links_within_and_of_linked_settings(
    place: Landing, tmp_path: Path
) -> None:
    (place.folder / "b.csv").symlink_to("a.csv")
    (tmp_path / "real.toml").write_text("")
    settings = tmp_path / "settings.toml"
    settings.symlink_to(tmp_path / "real.toml")
    states = [landing_state(place.folder.parent, settings)]
    place.drop("a.csv", OURS * 2)
    states.append(landing_state(place.folder.parent, settings))
    (tmp_path / "real.toml").write_text('time_zone = "UTC"')
    states.append(landing_state(place.folder.parent, settings))
    assert [state.n_files for state in states] == [2, 2, 2]
    assert len({state.fingerprint for state in states}) == 3


def test_a_correction_of_the_same_size_and_time_is_seen_and_read(place: Landing) -> None:
    root, file = place.folder.parent, place.folder / "a.csv"
    long_ago = 1_700_000_000
    os.utime(file, (long_ago, long_ago))
    place.refresh()
    before = landing_state(root, NOTHING)
    assert landing_state(root, NOTHING) == before
    corrected = root.parent / "corrected.csv"
    corrected.write_text(OURS.replace("E1", "E2"))
    os.utime(corrected, (long_ago, long_ago))
    corrected.replace(file)
    after = landing_state(root, NOTHING)
    assert (after.n_files, after.newest_change) == (before.n_files, before.newest_change)
    assert after.folders != before.folders
    assert place.refresh().n_files_loaded == 1
    shutil.copy2(file, root.parent / "copied.csv")
    (root.parent / "copied.csv").replace(file)
    assert landing_state(root, NOTHING).folders != after.folders
    assert has_known_content(place.con, place.folder), "a copied landing isn't news"
    assert not has_known_content(place.con, root / "settings.toml")
    report = place.refresh()
    assert (report.n_files_loaded, report.n_files_known) == (0, 1)
    place.drop("b.csv", OURS)
    assert not has_known_content(place.con, place.folder)
    place.refresh()
    assert has_known_content(place.con, place.folder)
    place.drop("b.csv", OURS.replace("E1", "E3"))
    assert not has_known_content(place.con, place.folder)
    (place.folder / "b.csv").unlink()
    assert not has_known_content(place.con, place.folder)


def test_a_name_that_is_not_utf8_is_taken_under_a_printable_one(place: Landing) -> None:
    root = place.folder.parent
    bare = landing_state(root, NOTHING)
    (place.folder / os.fsdecode(b"t\xe4glich.csv")).write_text(OURS.replace("E1", "E2"))
    (root / os.fsdecode(b"\xff")).mkdir()
    (root / os.fsdecode(b"\xff") / "x.csv").write_text(OURS)
    state = landing_state(root, NOTHING)
    assert state.n_files == bare.n_files + 2
    assert "\n".join(state.folders).encode()
    place.refresh()
    assert place.files()["t\\xe4glich.csv"]["status"] == "loaded"
    assert _people(place) == ["E1", "E2"]


def test_a_folder_that_may_not_be_looked_into_is_refused_by_name(
    place: Landing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer of the system is made up: root, who runs tests in containers, may do all."""
    place.refresh()
    bare = landing_state(place.folder.parent, NOTHING)
    monkeypatch.setattr(landing_folder.os, "access", lambda path, _mode: path != place.folder)
    assert landing_state(place.folder.parent, NOTHING).folders != bare.folders
    (reason,) = place.refresh().gate_refusals
    assert reason.startswith("attrition/(the folder): can't be looked into by the user")
    assert _people(place) == ["E1"]


def test_what_is_gone_between_listing_and_looking_is_not_there(
    place: Landing, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = place.folder.parent
    bare = landing_state(root, NOTHING)
    there = Path.iterdir
    gone = place.folder / "on-its-way.csv.12ab"
    monkeypatch.setattr(Path, "iterdir", lambda path: [*there(path), gone])
    assert landing_state(root, NOTHING) == bare


def test_what_lies_where_nothing_is_read_is_named(tmp_path: Path) -> None:
    for folder in ("shifts", "surveyz", "workday", ".hidden", "empty"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / ("x.csv" if folder != "empty" else ".keep")).write_text("a\n")
    (tmp_path / "loose.csv").write_text("a\n")
    told = strays(tmp_path, {"shifts", "workday"})
    assert [each.partition(": ")[0] for each in told] == ["loose.csv", "surveyz/"]
