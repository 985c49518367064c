"""What the pages count in the tables of the intake, against a recount row by row."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboards.data import Intake
from dashboards.load import SURVEY_COLUMN, load_intake, load_set_aside
from pipelines.contracts.tables import empty_frame
from pipelines.core.warehouse import open_warehouse, write

MIN_GROUP = 10
ANSWER, FACT = "cynicism", "submitted_on"
ROWS = st.none() | st.integers(0, 12)
ASIDE = st.tuples(
    st.sampled_from(["fatigue_surveys", "shifts"]),
    st.sampled_from(["range", "required"]),
    st.sampled_from([ANSWER, "morale", FACT, None]),
    ROWS,
)
FILE = st.tuples(st.sampled_from(["loaded", "refused"]), ROWS, ROWS)
In = tuple[str, str, str | None, int | None]


@settings(deadline=None, max_examples=30)
@given(rows=st.lists(ASIDE, max_size=12))
def test_an_answer_is_named_from_the_smallest_group_on(rows: list[In]) -> None:
    frame = pl.DataFrame(
        [
            {"source": source, "file": "f.csv", "rule": rule, "column_name": column, "n_rows": n}
            for source, rule, column, n in rows
        ],
        schema=empty_frame("quality.quarantine_summary").schema,
    )
    with open_warehouse(Path(":memory:")) as con:
        write(con, "quality.quarantine_summary", frame)
        found = load_set_aside(con, MIN_GROUP)
    by_column: Counter[tuple[str, str, str]] = Counter()
    for source, rule, column, n in rows:
        by_column[source, rule, column or "the whole line"] += n or 0
    expected: Counter[tuple[str, str, str]] = Counter()
    for (source, rule, column), n in by_column.items():
        is_answer = source == "fatigue_surveys" and column in (ANSWER, "morale")
        name = SURVEY_COLUMN if is_answer and n < MIN_GROUP else column
        expected[source, rule, name] += n
    told = [((each.source, each.rule, each.column_name), each.n_rows) for each in found]
    assert told == sorted(expected.items(), key=lambda item: (-item[1], item[0]))


@settings(deadline=None, max_examples=30)
@given(files=st.lists(FILE, max_size=6))
def test_only_files_that_were_taken_are_added_up(
    files: list[tuple[str, int | None, int | None]],
) -> None:
    rows = [{"status": s, "n_rows": n, "n_quarantined": k} for s, n, k in files]
    empty = empty_frame("quality.ingested_file")
    full = [dict.fromkeys(empty.columns) | row for row in rows]
    with open_warehouse(Path(":memory:")) as con:
        write(con, "quality.ingested_file", pl.DataFrame(full, schema=empty.schema))
        found = load_intake(con)
    taken = [(n or 0, k or 0) for status, n, k in files if status == "loaded"]
    n_rows, n_aside = sum(n for n, _ in taken), sum(k for _, k in taken)
    assert found == Intake(len(taken), n_rows, n_aside, n_aside / n_rows if n_rows else 0.0)
