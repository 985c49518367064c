"""From the marts to the estimates: read frames, call one estimator, write ``outcomes.*``."""
