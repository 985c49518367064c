-- A table, written into one Parquet file; its name can't be a parameter.
copy {table} to {file} (format parquet)
