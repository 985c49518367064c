-- One row per source of which the last sweep removed rows.
select *
from quality.retention
where n_rows_removed > 0
