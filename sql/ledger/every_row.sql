-- One row per row of a staged table.
select rowid as row_id, * from {staged} as staged
