-- temp._arrived_parts: one row per part that arrived, its key, feed and portion.
create or replace temp table _arrived_parts as
select {key}, feed, portion
from _part_rows
