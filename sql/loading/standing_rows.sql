-- One row per delivered row that counts and has one of the keys that are tried.
select raw.*
from {raw} as raw
semi join {keys} as tried on {same_key}
where not raw.is_quarantined and list_contains($ids::integer[], raw.file_id)
order by all
