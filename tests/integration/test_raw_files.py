"""The files of raw: the same contract in a folder and in a store that speaks S3."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from pipelines.config.settings import parse_settings
from pipelines.core import raw_files
from pipelines.core.errors import RawStoreError, SettingsError
from pipelines.core.object_store import store_at
from pipelines.core.raw_claim import check_store
from pipelines.core.raw_files import RawPath
from pipelines.core.sql_text import literal
from pipelines.core.warehouse import fetch, open_warehouse
from pipelines.core.workspace import Workspace
from tests.object_store import StoreServer, store_server

ROWS = pa.table({"file_id": [1, 1], "employee_id": ["E1", None]})


@pytest.fixture(scope="module")
def server() -> Iterator[StoreServer]:
    with store_server() as running:
        yield running


@pytest.fixture(params=["folder", "store"])
def workspace(request: pytest.FixtureRequest, tmp_path: Path, server: StoreServer) -> Workspace:
    """A workspace that keeps raw in its private folder, or in a store."""
    made = Workspace(tmp_path)
    made.private.mkdir()
    if request.param == "store":
        server.keep_raw_of(made, server.bucket())
    return made


def source_of(workspace: Workspace) -> RawPath:
    folder = workspace.raw / "roster"
    raw_files.make_folder(folder)
    return folder


def test_what_is_written_is_read_listed_moved_and_gone(workspace: Workspace) -> None:
    folder = source_of(workspace)
    assert raw_files.files_in(folder) == []
    assert not (folder / "000001.json").exists()
    raw_files.write_whole(folder / "000001.json", b"first")
    raw_files.write_whole(folder / "000001.json", b"second")
    raw_files.write_rows(folder / "000001-1.parquet", ROWS, compression="zstd")
    names = [path.name for path in raw_files.files_in(folder)]
    assert names == ["000001-1.parquet", "000001.json"]
    assert (folder / "000001.json").read_bytes() == b"second"
    assert raw_files.read_rows(folder / "000001-1.parquet").equals(ROWS)
    asked = [folder / "000001.json", folder / "000002.json"]
    assert raw_files.read_each(asked) == [b"second", None]

    aside = workspace.raw / ".orphans" / "roster"
    raw_files.make_folder(aside)
    raw_files.move(folder / "000001.json", aside / "000001.json")
    assert not (folder / "000001.json").exists()
    (found,) = (path for path in workspace.raw.rglob("*.json"))
    assert found.read_bytes() == b"second"
    assert found.stat().st_mtime > 0
    found.unlink()
    found.unlink(missing_ok=True)
    with pytest.raises(FileNotFoundError):
        found.unlink()
    with pytest.raises(FileNotFoundError):
        found.read_bytes()


def test_the_warehouse_reads_raw_in_place(workspace: Workspace) -> None:
    folder = source_of(workspace)
    for number in (1, 2):
        raw_files.write_rows(folder / f"00000{number}-1.parquet", ROWS)
    files = ", ".join(literal(path) for path in raw_files.files_in(folder))
    with open_warehouse(workspace.warehouse_file) as con:
        con.execute(f"create view raw.roster as select * from read_parquet([{files}])")
    with (
        open_warehouse(workspace.warehouse_file) as con,
        open_warehouse(workspace.warehouse_file) as other,
    ):
        for each in (con, other):
            query = "select count(*) as n, count(employee_id) as n_people from raw.roster"
            assert fetch(each, query).row(0) == (4, 2)


def test_a_store_belongs_to_one_workspace(tmp_path: Path, server: StoreServer) -> None:
    bucket = server.bucket()
    one, other = (Workspace(tmp_path / name) for name in ("one", "other"))
    for each in (one, other):
        each.private.mkdir(parents=True)
        server.keep_raw_of(each, bucket)
    check_store(one)
    check_store(one)
    with pytest.raises(RawStoreError, match=r"belongs to another workspace"):
        check_store(other)
    assert not other.raw_mark_file.exists()
    check_store(other, take_over=True)
    check_store(other)
    other.raw_mark_file.write_text("another number")
    with pytest.raises(RawStoreError, match=r"belongs to another workspace"):
        check_store(other, take_over=True)
    third = Workspace(tmp_path / "third")
    third.private.mkdir(parents=True)
    server.keep_raw_of(third, bucket, "another/prefix")
    check_store(third)


def test_a_store_that_keeps_versions_is_refused(tmp_path: Path, server: StoreServer) -> None:
    made = Workspace(tmp_path)
    made.private.mkdir()
    server.keep_raw_of(made, server.bucket(keeps_versions=True))
    with pytest.raises(RawStoreError, match=r"keeps versions .* erased people"):
        check_store(made)


def test_deliveries_that_lie_in_the_private_folder_are_not_left_behind(
    tmp_path: Path, server: StoreServer
) -> None:
    made, bucket = Workspace(tmp_path), server.bucket()
    raw_files.make_folder(made.private_raw / "roster")
    (made.private_raw / "roster" / "000001-1.parquet").write_bytes(b"")
    server.keep_raw_of(made, bucket)
    with pytest.raises(RawStoreError, match=r"`make backup`, put it in again, `make restore`"):
        check_store(made)
    assert server.objects(bucket) == {}


@pytest.mark.parametrize("kind", [pytest.param("down", marks=pytest.mark.slow), "no bucket"])
def test_a_store_that_fails_is_told_with_what_to_do(
    tmp_path: Path, server: StoreServer, kind: str
) -> None:
    made = Workspace(tmp_path)
    made.private.mkdir()
    url = server.url("no-such-bucket")
    if kind == "down":
        with store_server() as gone:
            url = gone.url("raw")
    made.settings_file.write_text(f'[raw]\nurl = "{url}"\n')
    with pytest.raises(RawStoreError) as told:
        if kind == "no bucket":
            check_store(made)
        else:
            read_by_duckdb(made)
    said = str(told.value)
    assert {"down": "network connection", "no bucket": "no such bucket"}[kind] in said
    assert "publication is untouched" in said
    assert "AWS_ACCESS_KEY_ID" in said
    assert "a secret of nobody" not in said


def read_by_duckdb(workspace: Workspace) -> None:
    with open_warehouse(workspace.warehouse_file) as con:
        con.execute(f"select * from read_parquet({literal(workspace.raw / 'a.parquet')})")


@pytest.mark.parametrize(
    "url",
    [
        "s3://KEY:hidden@bucket/raw",
        "s3://bucket/raw?access_key=hidden",
        "s3://bucket",
        "s3://bucket/",
        "s3://bucket/raw?region=",
        "gs://bucket/raw",
        "/mnt/raw",
    ],
)
def test_an_address_has_a_prefix_and_no_key(url: str) -> None:
    with pytest.raises(SettingsError, match="a value that isn't shown") as told:
        parse_settings({"raw": {"url": url}})
    assert "hidden" not in str(told.value)
    assert "hidden" not in store_at(url).name


def test_an_address_with_what_arrow_wants_to_know_is_taken() -> None:
    url = "s3://bucket/some/prefix?region=eu-central-1&endpoint_override=minio:9000&scheme=http"
    assert parse_settings({"raw": {"url": url}}).raw.url == url
    assert store_at(url).name == "s3://bucket/some/prefix"
