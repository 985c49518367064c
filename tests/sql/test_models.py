"""The SQL files as a graph: layers, order, and errors that name the file."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.contracts.sources import load_contracts
from pipelines.core import tables_read
from pipelines.core.queries import query_names, read_query
from pipelines.core.sql_models import SqlModelError, load_models, read_tables, tables_read_by
from pipelines.core.tables_read import parsed_tables
from pipelines.core.versions import PROJECT
from tests.sql.worlds import LANDED, STAGING

LAYERS = [PROJECT / name for name in ("pipelines", "dashboards", "assets")]


ROOMS = ("analysis", "quality", "release", "disclosure", "estimators", "claims", "measurement")


def write_models(folder: Path, **models: str) -> Path:
    (folder / "marts").mkdir()
    for name, query in models.items():
        (folder / "marts" / f"{name}.sql").write_text(query)
    return folder


def test_marts_read_staging_and_marts_only_and_staging_reads_raw() -> None:
    allowed = {"marts": {"staging", "marts"}, "staging": {"raw", "ledger", "staging"}}
    models = load_models()
    assert models
    for model in models:
        assert {schema for schema, _ in model.depends_on} <= allowed[model.schema], model.path.name


def test_every_mart_comes_after_what_it_reads() -> None:
    position = {model.table: number for number, model in enumerate(load_models())}
    for model in load_models():
        for table in model.depends_on:
            assert position.get(table, -1) < position[model.table]


def test_every_file_says_its_grain_and_ends_with_its_last_expression() -> None:
    for model in load_models():
        text = model.path.read_text()
        assert text.startswith(f"-- {model.schema}.{model.name}: "), model.path.name
        assert text.rstrip().splitlines()[-1].startswith("select * from "), model.path.name


@pytest.mark.parametrize("name", query_names())
def test_every_query_of_the_analysis_is_read_and_says_what_it_gives(name: str) -> None:
    text = read_query(name)
    assert text.startswith(f"-- {name}: one row"), name
    assert read_tables(text, name)
    own_words = re.sub(r"--.*|'[^']*'", "", text)
    assert own_words == own_words.lower()
    if re.search(r"^with ", text, re.MULTILINE):
        last = re.findall(r"^(\w+) as \($|^with (\w+) as \($", text, re.MULTILINE)[-1]
        assert re.search(rf"^select \* from {last[0] or last[1]}$", text, re.MULTILINE), name
    reader, _, file = name.partition("/")
    code = "".join(path.read_text() for layer in LAYERS for path in layer.rglob("*.py"))
    is_named = f'"{name}"' in code or f"'{name}'" in code
    assert is_named or (f'f"{reader}/{{' in code and f'"{file}"' in code), name


def texts_in(path: Path) -> Iterator[str]:
    """Every text of a module; what is put into a text of several parts is left blank."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.JoinedStr):
            yield "".join(
                part.value if isinstance(part, ast.Constant) else "x" for part in node.values
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_what_is_computed_from_tables_is_a_query_in_its_own_file() -> None:
    rooms = [*(PROJECT / "pipelines" / room for room in ROOMS), *LAYERS[1:]]
    found = [path for room in rooms for path in room.rglob("*.py")]
    files = [path for path in found if not path.name.startswith("where")]
    assert len(files) > 100
    query = re.compile(r"\s*(with|select)\b.*\bfrom\s+(staging|marts|outcomes|quality)\.", re.S)
    assert query.match("select x from marts.agent")
    with_query = {path.name for path in files for text in texts_in(path) if query.match(text)}
    assert with_query == set()


def test_what_a_reader_reads_is_parsed_from_its_queries() -> None:
    assert tables_read_by("trial_flow") == (("marts", "trial_candidate"),)
    assert ("quality", "instrument_scale") in tables_read_by("claims")


def test_what_is_known_of_a_text_is_what_parsing_it_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    given = tables_read.texts()
    parsed = {name: parsed_tables(given[name], name) for name in list(given)[::9]}
    monkeypatch.setattr(tables_read, "parsed_tables", None)  # no text of ours is parsed at night
    read_tables.cache_clear()
    found = {name: read_tables(text, name) for name, text in given.items()}
    assert {name: found[name] for name in parsed} == parsed
    read_tables.cache_clear()


def test_dependencies_are_found_in_joins_subqueries_and_expressions() -> None:
    query = """
        with own as (select * from staging.roster where a in (select a from marts.agent))
        select * from own join staging.shifts as s on true
    """
    assert read_tables(query, "q") == (
        ("marts", "agent"),
        ("staging", "roster"),
        ("staging", "shifts"),
    )


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("select * from roster", "`roster` needs its schema"),
        ("select 1; select 2", "exactly one query"),
        ("create table x as select 1", "exactly one query"),
        ("select from where", "not readable as SQL"),
    ],
)
def test_an_unusable_model_is_named(query: str, message: str, tmp_path: Path) -> None:
    folder = write_models(tmp_path, broken=query)
    with pytest.raises(SqlModelError, match=message) as error:
        load_models(folder)
    assert "marts/broken.sql" in str(error.value)


def test_models_in_a_circle_are_refused(tmp_path: Path) -> None:
    folder = write_models(tmp_path, one="select * from marts.two", two="select * from marts.one")
    with pytest.raises(SqlModelError, match="in a circle"):
        load_models(folder)


def test_models_are_sorted_by_what_they_read(tmp_path: Path) -> None:
    folder = write_models(
        tmp_path, a="select * from marts.b", b="select * from marts.c", c="select 1 as one"
    )
    assert [model.name for model in load_models(folder)] == ["c", "b", "a"]


def test_the_worlds_of_these_tests_have_the_staged_columns_of_the_contracts() -> None:
    kinds = {"integer": "bigint", "number": "double", "text": "varchar"}
    for source in load_contracts().sources:
        staged = {column.name: kinds.get(column.type, column.type) for column in source.columns}
        assumed = {
            name: kind
            for name, kind in STAGING[source.name].items()
            if name not in ("extra", *LANDED)
        }
        items = {name for name in staged if name.startswith("item_")}
        assert assumed == {name: kind for name, kind in staged.items() if name not in items}
