"""Pseudonyms: keyed, stable, and made with a key that only its owner can read."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.core.errors import PipelineError
from pipelines.personal_data.pseudonyms import KEY_VARIABLE, load_key, pseudonym, pseudonym_table

KEY = b"k" * 32


@given(st.text(min_size=1))
def test_a_pseudonym_is_the_start_of_the_keyed_hash(identifier: str) -> None:
    whole = hmac.new(KEY, identifier.encode(), hashlib.sha256).hexdigest()
    assert whole.startswith(pseudonym(KEY, identifier))
    assert pseudonym(KEY, identifier) != pseudonym(b"x" * 32, identifier)


@given(st.lists(st.text(min_size=1), max_size=30))
def test_the_table_has_one_row_per_person(identifiers: list[str]) -> None:
    table = pseudonym_table(KEY, identifiers)
    assert sorted(table["employee_id"]) == sorted(set(identifiers))
    assert table["person_key"].n_unique() == len(set(identifiers))


def test_the_key_is_made_once_and_only_its_owner_can_read_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    file = tmp_path / "pseudonym.key"
    first = load_key(file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert load_key(file) == first
    assert len(first) >= 32
    file.chmod(0o644)
    with pytest.raises(PipelineError, match="0600"):
        load_key(file)


def test_the_environment_comes_first_and_a_short_key_is_refused_unseen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "pseudonym.key"
    monkeypatch.setenv(KEY_VARIABLE, "e" * 40)
    assert load_key(file) == b"e" * 40
    assert not file.exists()
    monkeypatch.setenv(KEY_VARIABLE, "secret")
    with pytest.raises(PipelineError) as caught:
        load_key(file)
    assert "secret" not in str(caught.value)
