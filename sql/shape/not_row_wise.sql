-- Grain: one row per function whose result hangs on more than the values that it is given.
select distinct lower(function_name) as name
from duckdb_functions()
where function_type in ('aggregate', 'table', 'table_macro', 'pragma') or stability = 'VOLATILE'
