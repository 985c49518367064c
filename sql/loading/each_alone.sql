-- One row per row that arrived and meets a condition: what merging makes of it alone.
select {values}, file_id, line_number
from {arrived}
where {condition}
