-- The touched rows as parts, told apart as they were delivered: one row each. A record may have
-- given several rows, so that the key is compared as well: of few rows, because reading a text as a
-- day costs more than reading it.
insert into {parts} by name
with delivered as materialized (
    select {key}, file_id, line_number, part, portion, parse_filename(filename) as raw_file
    from (
        from read_parquet([{files}], union_by_name = true, filename = true)
        where not is_quarantined
    )
    semi join _touched_rows using (file_id, line_number)
),

typed as (
    select {typed_key}, file_id, line_number, part, portion, raw_file
    from delivered
)

select
    coalesce(file.feed, '') as feed,
    coalesce(typed.part, '') as part,
    {portion} as portion,
    touched.*
from _touched_rows as touched
inner join typed using (file_id, line_number, {key})
inner join ledger.file as file
    on file.file_id = touched.file_id
    and file.raw_file = typed.raw_file
