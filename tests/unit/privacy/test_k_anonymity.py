"""The report on classes of people, against a recount in plain Python."""

from __future__ import annotations

from collections import Counter

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.contracts.tables import published_tables
from pipelines.disclosure.k_anonymity import KNOWN_TOGETHER, QuasiIdentifiers, k_anonymity

KNOWN = QuasiIdentifiers("marts.agent", ("site", "month"))
people = st.lists(
    st.tuples(st.sampled_from(["a", "b", None]), st.integers(1, 4)), min_size=1, max_size=60
)


@given(people, st.integers(1, 20))
def test_classes_are_counted_as_by_hand(found: list[tuple[str | None, int]], size: int) -> None:
    frame = pl.DataFrame(
        [(site, month, 7) for site, month in found],
        schema={"site": pl.String, "month": pl.Int64, "other": pl.Int64},
        orient="row",
    )
    row = k_anonymity(frame, KNOWN, size)
    counted = Counter(found)
    assert row["n_people"] == len(found)
    assert row["n_classes"] == len(counted)
    assert row["smallest_class"] == min(counted.values())
    for name, under in (("share_in_classes_under_5", 5), ("share_in_small_classes", size)):
        alone = sum(1 for person in found if counted[person] < under)
        assert row[name] == pytest.approx(alone / len(found))


def test_without_people_there_are_no_shares() -> None:
    row = k_anonymity(pl.DataFrame(schema={"site": pl.String, "month": pl.Int64}), KNOWN, 10)
    assert (row["n_people"], row["smallest_class"], row["share_in_classes_under_5"]) == (
        0,
        None,
        None,
    )


def test_every_characteristic_is_a_published_column() -> None:
    columns = {table.full_name: {c.name for c in table.columns} for table in published_tables()}
    for known in KNOWN_TOGETHER:
        assert set(known.characteristics) <= columns[known.table_name]
