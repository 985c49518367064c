-- One row: how many keys that arrived a file of raw lacks among the sound rows of a delivery.
with lacking as (
    select {key}
    from _keys
    except
    select {typed_key}
    from read_parquet($raw_file)
    where not is_quarantined and file_id = $file_id
)

select count(*) as n_keys
from lacking
