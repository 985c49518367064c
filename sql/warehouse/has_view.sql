-- At most one row: whether the open file has a view.
select 1 as has_view
from duckdb_views()
where schema_name || '.' || view_name = $view_name
