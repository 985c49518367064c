-- One row per answer that any row has beside its columns.
select distinct unnest(json_keys(extra)) as name
from {standing}
