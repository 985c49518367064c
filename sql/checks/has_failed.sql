-- At most one row: whether a check of a table failed.
select not passed as has_failed
from quality.check_result
where table_name = $table_name and check_name = $check_name
