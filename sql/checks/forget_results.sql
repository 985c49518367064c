-- What the checks of a table found.
delete from quality.check_result
where table_name = $table_name
