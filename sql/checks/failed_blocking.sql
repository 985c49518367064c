-- One row per blocking check of a table that failed.
select check_name
from quality.check_result
where table_name = $table_name and severity = 'ERROR' and not passed
order by check_name
