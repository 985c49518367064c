-- One row per merged row that a delivery has a part in.
with its_key as (
    select {key} from {parts} where file_id = $file_id
    union all
    select {key} from {staged} where file_id = $file_id
)

select {columns}
from {staged}
semi join its_key using ({key})
order by {key}
