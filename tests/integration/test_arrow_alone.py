"""Arrays are made without pandas, and who asks for pandas gets it; in a process of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

ARRAYS = """
import sys
import numpy as np, polars as pl, pyarrow as pa
from pipelines.core.arrow_alone import leave_pandas_alone
if {asked}:
    leave_pandas_alone()
array = pa.array(np.arange(3))
array.to_numpy(), pa.table({{"a": array}}).append_column("b", pa.array(["x", None, "z"]))
print("pandas" in sys.modules)
frame = pl.DataFrame({{"n": [1, None], "text": ["x", None], "flag": [True, None]}}).to_pandas()
import pandas as pd
assert isinstance(frame, pd.DataFrame)
print(pa.Table.from_pandas(frame).to_pylist(), pa.array(pd.Series([1, 2])).to_pylist())
"""


@pytest.mark.parametrize("asked", [True, False])
def test_pandas_is_loaded_where_it_is_asked_for_alone(asked: bool) -> None:
    code = ARRAYS.format(asked=asked)
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    was_loaded, same = ran.stdout.splitlines()
    assert was_loaded == str(not asked), "without the call Arrow loads it, else this proves nothing"
    nothing = {"n": None, "text": None, "flag": None}
    assert same == f"{[{'n': 1.0, 'text': 'x', 'flag': True}, nothing]} [1, 2]"
