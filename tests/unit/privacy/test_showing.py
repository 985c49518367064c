"""What a message may tell of a delivered value, of a column's name and of a file's name."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.contracts.sources import load_contracts
from pipelines.personal_data.log_redaction import (
    NAME_NOT_TOLD,
    NOT_TOLD,
    are_all_loggable,
    loggable,
    loggable_column,
    loggable_columns,
    loggable_file,
    may_be_logged,
)

WRONG_BUT_HARMLESS = [
    "thirty",
    "forty",
    "400",
    "-5",
    "3.5",
    "1,5",
    "1.5h",
    "101",
    "31/12/2025",
    "2025-02-30",
    "05.10.24",
    "2025-13-45T09:00:00",
    "9999-12-31 00:00",
    "fax",
    "zero_hours",
    "not-a-date",
    "n/a",
    "NULL",
    "",
]
STANDS_FOR_SOMEBODY = [
    "Jane",
    "JANE",
    "Jane Canary",
    "jane canary",
    "Canary, Jane",
    "jane.canary@example.org",
    "jane@example",
    "+49 170 5550199",
    "0170/5550199",
    "01705550199",
    "555-0199-12",
    "E100022",
    "e100022",
    "4711004",
    "12345",
    "DE89370400440532013000",
    "she cried and left",
    "Łucja",
    "2025-01-01 Jane",
    "x" * 40,
]


@pytest.mark.parametrize("value", WRONG_BUT_HARMLESS)
def test_a_wrong_value_is_told_where_it_says_nothing_of_anybody(value: str) -> None:
    assert loggable(value, "none") == repr(value)
    assert loggable(value, "quasi_identifier") == repr(value)


@pytest.mark.parametrize("value", WRONG_BUT_HARMLESS)
def test_columns_about_persons_are_never_told(value: str) -> None:
    assert {loggable(value, kind) for kind in ("identifier", "free_text", "sensitive")} == {
        NOT_TOLD
    }


@pytest.mark.parametrize("value", STANDS_FOR_SOMEBODY)
def test_what_stands_for_somebody_is_told_nowhere(value: str) -> None:
    assert not may_be_logged(value, "none")


@given(st.text(min_size=1), st.sampled_from("@" + string.ascii_uppercase))
def test_no_address_and_no_longer_word_with_a_capital_is_ever_told(text: str, sign: str) -> None:
    value = f"ja{sign}{text}"
    if len(value.strip()) > 2:
        assert not may_be_logged(value, "none")


@given(st.integers(min_value=10_000))
def test_no_number_long_enough_for_a_person_is_told(number: int) -> None:
    assert not may_be_logged(str(number), "none")


def test_every_column_with_words_or_identifiers_is_marked_so() -> None:
    columns = {each.name: each for source in load_contracts().sources for each in source.columns}
    for name, column in columns.items():
        if name.endswith("_id"):
            assert column.personal_data == "identifier"
        if name in ("notes", "reason"):
            assert column.personal_data == "free_text"


@pytest.mark.parametrize("name", ["Personalnummer", "cost_centre", "item_12", "Größe"])
def test_a_column_name_of_one_word_is_told(name: str) -> None:
    assert loggable_column(name) == name


@pytest.mark.parametrize("name", ["Jane Canary", "jane@example.org", "E111", "2024-01-01", "it's"])
def test_other_names_of_columns_are_counted(name: str) -> None:
    assert loggable_column(name) == NAME_NOT_TOLD
    assert loggable_columns(["desk", name, name]) == "desk, 2 columns whose names aren't told"
    assert not are_all_loggable(["desk", name])


def test_an_address_or_number_in_a_file_name_is_blotted_out() -> None:
    names = [loggable_file(f"leave {who}.csv") for who in ("jane.canary@example.org", "bob@x.org")]
    assert names[0] != names[1]
    for name in (*names, loggable_file("leave +49 170 5550199.csv")):
        assert name.startswith("leave xxx-") and name.endswith(".csv")
        assert not {"jane", "bob", "example", "5550199"} & {*name.replace("@", "-").split("-")}
        assert "canary" not in name and "555" not in name
    assert loggable_file("roster_20241101-20241130.csv") == "roster_20241101-20241130.csv"
