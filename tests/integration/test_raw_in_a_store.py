"""A centre that keeps raw in an object store, beside the same centre with raw in its folder."""

from __future__ import annotations

import datetime as dt
import io
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from assets.health.folder import look_at_folder
from pipelines.core.errors import RawStoreError
from pipelines.core.raw_claim import MARK
from pipelines.core.workspace import Workspace
from pipelines.erasure.backup import restore_backup, write_backup
from pipelines.erasure.erase import Erasure
from pipelines.erasure.recovery import rebuild_warehouse
from pipelines.ingest.load import packing
from pipelines.release.versions import forget_publications
from tests.faults.small_centre import END, SOURCES, TINY, SmallCentre, whole_publication
from tests.integration.direct import night
from tests.integration.refreshing import fingerprint, private
from tests.integration.standing import assert_equal, kept, told
from tests.object_store import StoreServer, store_server

pytestmark = pytest.mark.slow  # the store itself: test_raw_files.py

BEGUN = END - dt.timedelta(days=3)
LATE = END - dt.timedelta(days=1)
NOW = dt.datetime(2026, 11, 29, tzinfo=dt.UTC)


@dataclass
class Pair:
    """The same deliveries, taken in by two workspaces of one key."""

    here: SmallCentre
    there: SmallCentre
    server: StoreServer
    bucket: str

    def nights(self) -> None:
        """Both take in what came; the one in the store packs what are three small files."""
        night(self.here.workspace)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(packing, "MOST_SINGLE", 3)
            night(self.there.workspace)

    def assert_same(self) -> None:
        self.there.assert_staged()
        for tables in (kept, told):
            assert_equal(tables(self.here.workspace), tables(self.there.workspace))
        whole_publication(self.there.workspace)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with store_server() as server:
        here, there = (
            SmallCentre.begin(tmp_path_factory.mktemp(name), BEGUN, settings=TINY)
            for name in ("here", "there")
        )
        night(here.workspace)
        there.workspace.private.mkdir(mode=0o700)
        key = here.workspace.pseudonym_key_file
        shutil.copy(key, there.workspace.pseudonym_key_file)
        bucket = server.bucket()
        server.keep_raw_of(there.workspace, bucket)
        night(there.workspace)
        yield Pair(here, there, server, bucket)


def in_parquet(objects: dict[str, bytes], column: str, value: str) -> list[str]:
    """The objects whose rows have a value, read by Polars."""
    return [
        key
        for key, content in objects.items()
        if key.endswith(".parquet")
        and column in (frame := pl.read_parquet(io.BytesIO(content))).columns
        and (frame[column] == value).any()
    ]


def test_nights_publish_the_same_and_erased_people_are_gone(pair: Pair, tmp_path: Path) -> None:
    here, there = pair.here.workspace, pair.there.workspace
    pair.assert_same()
    assert not there.private_raw.exists()
    local = {path.relative_to(here.raw).as_posix() for path in here.private_raw.rglob("*.*")}
    remote = {key.removeprefix("raw/") for key in pair.server.objects(pair.bucket)}
    assert remote - {MARK} == local - {".orphans"}

    before = pair.server.objects(pair.bucket)
    night(there)
    pair.assert_same()
    assert pair.server.objects(pair.bucket) == before

    for centre in (pair.here, pair.there):
        for each in (LATE, LATE - dt.timedelta(days=1)):
            centre.deliver_day(each)
    pair.nights()
    pair.assert_same()

    backup = write_backup(there, tmp_path / "before", NOW)
    objects = pair.server.objects(pair.bucket)
    (pack,) = [key for key in objects if key.startswith("raw/shifts/packed-")]
    person = pl.read_parquet(io.BytesIO(objects[pack]))["employee_id"][0]
    found = in_parquet(objects, "employee_id", person)
    assert pack in found
    assert any(key.startswith("raw/roster/0") for key in found)
    for workspace in (here, there):
        erasure = Erasure(workspace, (person,), {})
        erasure.remove(erasure.begin("2026-11-29T00:00:00+00:00"))
        workspace.erasure_under_way_file.unlink()
        forget_publications(workspace)
        night(workspace)
        assert erasure.traces() == []
    for tables in (kept, told):
        assert_equal(tables(here), tables(there))
    objects = pair.server.objects(pair.bucket)
    assert in_parquet(objects, "employee_id", person) == []
    assert [key for key, content in objects.items() if person.encode() in content] == []
    assert pair.server.n_versions(pair.bucket) == len(objects)

    # The lost machine: keys, settings and the list of the erased from the backup, raw from both.
    settings = there.settings_file.read_text()
    lost = Workspace(tmp_path / "lost")
    lost.private.mkdir(parents=True, mode=0o700)
    for file in (there.erasure_list_file, there.erasure_key_file):
        shutil.copy(file, lost.private)
    lost.settings_file.write_text(settings)
    restore_backup(lost, backup)
    rebuild_warehouse(lost)
    assert in_parquet(pair.server.objects(pair.bucket), "employee_id", person) == []
    shutil.copytree(there.landing, lost.landing)
    night(lost)
    for source in SOURCES:
        query = f"select * from staging.{source} order by all"
        assert private(lost, query).equals(private(there, query))


def test_a_store_that_is_down_keeps_the_publication(pair: Pair) -> None:
    there = pair.there.workspace
    pair.there.deliver_day(END)
    published = fingerprint(there.published)
    pair.server.server.stop()
    with pytest.raises(RawStoreError, match=r"network connection.*publication is untouched"):
        night(there)
    assert fingerprint(there.published) == published
    findings = {each.about: each for each in look_at_folder(there)}
    assert "network connection" in findings["raw"].text
