-- One row per row of the Parquet files of a folder; it makes a table, which takes no parameter.
select * from read_parquet({files})
