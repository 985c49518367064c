"""Who was erased, told by keyed hashes: at the gate of ingest, in raw, in texts."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.personal_data.erased_people import (
    FOR_GOOD,
    NOBODY,
    Erased,
    dropped,
    mark,
    marked,
    person_hash,
    redacted,
    redacted_objects,
)
from pipelines.personal_data.erasure_registry import ErasureListError, add_people, load_erased

KEY = b"a key that is as long as keys should be"
IDENTIFIERS = st.text("ABCE0123456789-./", min_size=1, max_size=9).filter(
    lambda text: (
        text[0].isalnum() and text[-1].isalnum() and len(re.findall(r"[A-Z0-9]+", text)) <= 4
    )
)


def erased(*identifiers: str, before: dt.date = FOR_GOOD) -> Erased:
    people = {person_hash(KEY, each): before for each in identifiers}
    return Erased(KEY, people, frozenset(len(each) for each in identifiers))


@given(st.lists(IDENTIFIERS, min_size=1, max_size=4), st.lists(IDENTIFIERS, max_size=30))
@settings(deadline=None)
def test_rows_of_erased_people_are_dropped_and_no_others(gone: list[str], rows: list[str]) -> None:
    column = pa.chunked_array([pa.array([*rows, *gone], pa.string())])
    assert dropped(erased(*gone), column).tolist() == [each in gone for each in (*rows, *gone)]


@given(IDENTIFIERS, st.lists(st.sampled_from(["met", "on 3 May", "E7", "x-1"]), max_size=4))
@settings(max_examples=200, deadline=None)
def test_an_identifier_is_found_in_prose_wherever_it_stands(
    identifier: str, words: list[str]
) -> None:
    for before, after in ((" ", " "), ("(", ")"), ('"', '",'), ("_", "_"), ("", "'s")):
        text = " ".join(words) + before + identifier + after + " ".join(words)
        if before == "" and words:
            text = f"{identifier}{after} {' '.join(words)}"
        found = erased(identifier).redacted(text, is_prose=True)
        assert mark(KEY, identifier) in found
        assert not re.search(rf"(?<![A-Za-z0-9]){re.escape(identifier)}(?![A-Za-z0-9])", found)


def test_longer_words_and_plain_numbers_are_left() -> None:
    people = erased("E123", "1042")
    assert people.redacted("E1234 and XE123", is_prose=True) == "E1234 and XE123"
    assert people.redacted("1042", is_prose=False) == "1042"
    assert people.redacted("1042", is_prose=True) == mark(KEY, "1042")
    assert not people.names("took 1042 seconds")
    assert people.names(" 1042 ")


def test_who_left_long_ago_is_dropped_up_to_a_day_and_kept_when_hired_again() -> None:
    people = erased("E1", before=dt.date(2020, 1, 1))
    rows = pa.chunked_array([pa.array(["E1", "E1", "E1", "E2", None], pa.string())])
    days = pa.array(
        [dt.date(2019, 12, 31), dt.date(2020, 1, 1), None, dt.date(2010, 1, 1), None], pa.date32()
    )
    assert dropped(people, rows, days).tolist() == [True, False, True, False, False]
    assert dropped(people, rows).tolist() == [False] * 5
    assert marked(people, rows) is None


def test_marks_take_the_place_of_identifiers_in_other_peoples_rows() -> None:
    column = pa.chunked_array([pa.array(["E123", "E9", None, " E123 "], pa.string())])
    found = marked(erased("E123"), column)
    assert found is not None
    assert found.to_pylist() == [mark(KEY, "E123"), "E9", None, mark(KEY, "E123")]
    assert marked(erased("E77"), column) is None
    assert redacted(NOBODY, column, is_prose=True) is None
    assert mark(KEY, "E123") != mark(KEY, "E124")
    assert "123" not in mark(b"another key that is long enough", "E12345")


def test_unknown_columns_lose_names_and_keep_numbers() -> None:
    extra = {"mentor_id": "1042", "item_1": "1042", "badge": "see E123", "n": 3}
    column = pa.chunked_array([pa.array([json.dumps(extra), None, "{}"], pa.string())])
    found = redacted_objects(erased("E123", "1042"), column)
    assert found is not None
    assert json.loads(found.to_pylist()[0]) == {
        "mentor_id": mark(KEY, "1042"),
        "item_1": "1042",
        "badge": f"see {mark(KEY, 'E123')}",
        "n": 3,
    }
    assert found.to_pylist()[1:] == [None, "{}"]


def test_the_list_holds_no_identifier_and_needs_its_key(tmp_path: Path) -> None:
    list_file, key_file = tmp_path / "erased.json", tmp_path / "erasure.key"
    assert not load_erased(list_file, key_file)
    add_people(list_file, key_file, {"ZQX-77031": FOR_GOOD})
    again = add_people(list_file, key_file, {"E1": dt.date(2020, 1, 1)})
    assert again == load_erased(list_file, key_file)
    assert again.is_erased("ZQX-77031")
    assert not again.is_erased("ZQX-77032")
    assert again.dropped_before("E1") == dt.date(2020, 1, 1)
    assert add_people(list_file, key_file, {"E1": FOR_GOOD}).is_erased("E1")
    earlier = add_people(list_file, key_file, {"E1": dt.date(2001, 1, 1)})
    assert earlier == load_erased(list_file, key_file)
    assert load_erased(list_file, key_file).is_erased("E1"), "for good stays for good"
    assert b"ZQX" not in list_file.read_bytes()
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
    key_file.unlink()
    with pytest.raises(ErasureListError, match="Restore the key"):
        load_erased(list_file, key_file)
    list_file.write_text("{}")
    key_file.write_text("a" * 64)
    with pytest.raises(ErasureListError, match="damaged"):
        load_erased(list_file, key_file)
    key_file.chmod(0o640)
    list_file.write_text('{"people": [], "lengths": []}')
    with pytest.raises(ErasureListError, match="can be read by others"):
        load_erased(list_file, key_file)
