"""SQL stands under `sql/` and is called by its name; what Python keeps is names and expressions.

A statement is known by how it begins, or by a query within it. Settings of a session (`set`,
`begin`, `attach`, `checkpoint`, `pragma`) say nothing of any table and stay beside the connection.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.core.queries import statement
from pipelines.core.sql_text import Expression, put_in, same, value
from tests.architecture.test_house import LAYERS, PROJECT, parsed, python_files

SQL = PROJECT / "sql"
WRITTEN = {
    "pipelines/contracts/lookup_sql.py": "writes files of sql/marts from the contracts",
    "pipelines/contracts/staging_sql.py": "writes the files of sql/staging from the contracts",
    "pipelines/contracts/tables.py": "an example that the docs print, never asked",
    "assets/commands/where_counted.py": "prints a query for whoever asks, of the table in question",
    "assets/commands/where_held.py": "prints a query for whoever asks, of the table in question",
    "assets/commands/where_known.py": "prints a query for whoever asks, of the table in question",
}
"""Files whose product is the text of a query, for a person or a file: nothing there runs it."""
STATEMENTS = ("checks", "erasure", "ledger", "loading", "pull", "refresh", "shape", "warehouse")
_BEGINS = re.compile(
    r"\s*\(?\s*(?:"
    r"select\s|with\s+\w+\s+as\s|insert\s+(?:or\s+\w+\s+)?into\s|update\s+\S+\s+set\s|"
    r"delete\s+from\s|truncate\s|merge\s+into\s|alter\s+table\s|comment\s+on\s+\{\}|"
    r"create\s+(?:or\s+replace\s+)?(?:temp\s+|temporary\s+)?"
    r"(?:table|view|schema|macro|index|sequence|type)\s|"
    r"drop\s+(?:table|view|schema|macro|index)\s|"
    r"copy\s+\S+\s+to\s|copy\s+from\s+database\s|"
    r"from\s+(?:\{\}|[\"\w]+\.[\"\w]+)\s*(?:$|limit\s|where\s|select\s|order\s+by\s)"
    r")"
)
_WITHIN = re.compile(r"(?:\(\s*|union (?:all )?)select\s")


def texts(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Every text of a module but its docstrings, with braces where a value stands in it."""
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    parts = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for part in node.values
    }
    for node in ast.walk(tree):
        if id(node) in told | parts:
            continue
        if isinstance(node, ast.JoinedStr):
            yield (
                node.lineno,
                "".join(
                    str(part.value) if isinstance(part, ast.Constant) else "{}"
                    for part in node.values
                ),
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def statements(tree: ast.Module) -> list[int]:
    """The lines at which a text is, or has in it, a statement of SQL."""
    return [line for line, text in texts(tree) if _BEGINS.match(text) or _WITHIN.search(text)]


def test_no_python_has_a_statement_of_sql() -> None:
    found = {
        file.relative_to(PROJECT).as_posix(): statements(parsed(file))
        for file in python_files(*LAYERS)
    }
    told = {file: lines for file, lines in found.items() if lines}
    assert {file: lines for file, lines in told.items() if file not in WRITTEN} == {}
    assert set(WRITTEN) <= set(told), "what is written nowhere any more needs no exception"


@pytest.mark.parametrize(
    "code",
    [
        'con.execute("select 1 from ledger.file")',
        'con.execute(f"select {columns} from {table}")',
        'query = "(" "select max(a) from b.c)"',
        'con.execute(f"insert into {table} by name {query}")',
        'con.execute("update ledger.file set reason = null")',
        'con.execute(f"delete from {table}")',
        'QUERY = """\\n    with a as (select 1)\\n    select * from a\\n"""',
        '_CREATE = "create table if not exists ledger.made (a integer)"',
        'con.execute(f"create or replace temp view x as {query}")',
        'con.sql(f"from {table}")',
        'con.sql("from ledger.checked")',
        'con.execute(f"drop table {name}")',
        'flag = f"a in (select b from {table})"',
    ],
)
def test_a_statement_is_known_however_it_is_written(code: str) -> None:
    assert statements(ast.parse(code))


@pytest.mark.parametrize(
    "code",
    [
        '"""Select what counts from the rows."""',
        'con.execute("begin transaction")',
        'told = f"from {day} on"',
        'told = "with so few people, chance alone can point either way"',
        'told = "updated from a file"',
    ],
)
def test_what_is_said_to_people_is_no_statement(code: str) -> None:
    assert not statements(ast.parse(code))


def statement_files() -> list[Path]:
    return [file for folder in STATEMENTS for file in sorted((SQL / folder).glob("*.sql"))]


def test_every_statement_says_what_it_is_in_lower_case_and_is_called_by_its_name() -> None:
    code = "\n".join(file.read_text("utf-8") for file in python_files(*LAYERS))
    for file in statement_files():
        text = file.read_text("utf-8")
        assert text.startswith("-- "), f"{file.name} doesn't begin with what it is"
        words = re.sub(r"--[^\n]*|'[^']*'", "", text)
        assert words == words.lower(), f"{file.name} has a word in capitals"
        assert file.stem in code, f"nothing calls {file.relative_to(SQL)}"


def test_what_stands_in_a_place_is_quoted() -> None:
    odd = {"table": 'a".b; drop', "columns": ["x", 'y"'], "asked": Expression("z > 1")}
    found = put_in("select {columns} from {table} where {asked} -- {columns}", odd)
    columns = '"x", "y"""'
    assert found == f'select {columns} from "a"""."b; drop" where z > 1 -- {columns}'
    assert value("O'Neil").text == "'O''Neil'"
    assert same("a", "b", ["k", "l"]).text == 'a."k" = b."k" and a."l" = b."l"'


@pytest.mark.parametrize("names", [{}, {"staged": "a.b", "other": "c.d"}])
def test_a_place_without_a_name_is_told_before_anything_is_asked(names: dict[str, str]) -> None:
    with pytest.raises(KeyError, match="staged"):
        statement("ledger/newest_delivery", **names)
