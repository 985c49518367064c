"""SQL models in, tables out: in DuckDB, or in a Spark session that somebody names."""
