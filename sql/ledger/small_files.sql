-- One row per delivery of a source that has a small file of raw to itself, by its number.
select file_id, raw_file
from ledger.file
where
    source = $source
    and raw_file is not null
    and not starts_with(raw_file, $packed)
    and n_rows <= $most
order by file_id
