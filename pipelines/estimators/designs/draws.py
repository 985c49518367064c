"""Units that a lottery drew in; out comes the order in which its draws meet them.

People and coaches have made-up names, which differ from one installation to the next. An order by
name would give the same data other draws each time, and another p with them.
"""

from __future__ import annotations

import numpy as np

from pipelines.estimators.kernels.survival import Floats, Ints

_DECIMALS = 9
"""Beyond these, sums differ by the order in which they were added up."""


def in_own_order(members: Ints, figures: Floats) -> Ints:
    """Sort units by their own figures (units, k): those alike can stand in for each other."""
    keys = np.round(np.atleast_2d(figures[members].T), _DECIMALS)
    return members[np.lexsort(keys[::-1])]
