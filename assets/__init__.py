"""The only rooms that know Dagster: assets, checks, job, schedule, sensor.

Linear algebra has one thread unless the environment gives it more: the matrices are small, and two
threads that wait for each other cost twice the processor, and four times on a busy machine.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # read once, where numpy is first imported
