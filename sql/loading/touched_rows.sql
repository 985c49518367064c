-- temp._touched_rows: one row per staged row that is the only part of a key something arrived
-- under.
create or replace temp table _touched_rows as
select staged.*
from {staged} as staged
semi join {arrived} using ({key})
anti join {parts} using ({key})
