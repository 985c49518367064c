-- One row per check of a table, and whether it passed.
insert into ledger.checked
select $table_name, unnest($names::varchar[]), unnest($passed::boolean[]), $data, $code
