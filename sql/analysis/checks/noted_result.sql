-- checks/noted_result: one row per check of $table_name, as it was last noted.
select *
from quality.check_result
where table_name = $table_name
