"""Texts of several files in: the answers of asking each time, and no text asked twice."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from pipelines.core import known_texts
from pipelines.core.known_texts import KnownTexts

FILES = st.lists(st.lists(st.sampled_from([None, "", "a", "b", "ä", "7"]), unique=True))


def asked_of(texts: pa.Array) -> pa.Table:
    said = [None if text in (None, "") else f"{text}!" for text in texts.to_pylist()]
    return pa.table({"typed": pa.array(said, pa.string()), "n": pa.array(range(len(said)))})


@given(FILES)
def test_answers_are_the_same(files: list[list[str | None]]) -> None:
    known, seen = KnownTexts(), list[str | None]()

    def ask(texts: pa.Array) -> pa.Table:
        seen.extend(texts.to_pylist())
        return asked_of(texts).select(["typed"])

    for file in files:
        texts = pa.array(file, pa.string())
        found = known.answers("a query", texts, ask)
        assert found.column("typed").to_pylist() == asked_of(texts).column("typed").to_pylist()
    assert len(seen) == len(set(seen))


def test_too_many_are_let_go(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(known_texts, "MOST_KNOWN", 2)
    known, calls = KnownTexts(), list[int]()

    def ask(texts: pa.Array) -> pa.Table:
        calls.append(len(texts))
        return asked_of(texts).select(["typed"])

    for file in (["a", "b"], ["a", "c"], ["a", "b"], ["b"]):
        found = known.answers("q", pa.array(file, pa.string()), ask)
        assert found.column("typed").to_pylist() == [f"{text}!" for text in file]
    assert calls == [2, 1, 2]
