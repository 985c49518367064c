"""The only rooms that know Dagster: assets, checks, job, schedule, sensor."""
