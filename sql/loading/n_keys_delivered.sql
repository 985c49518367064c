-- One row: how many keys the sound rows of a delivery have.
with sound as (
    select distinct {typed_key}
    from read_parquet($raw_file)
    where not is_quarantined and file_id = $file_id
)

select count(*) as n_keys
from sound
