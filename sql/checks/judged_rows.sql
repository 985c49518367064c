-- A view of what is staged of a source and what was set aside of it: one row per row of either.
create or replace temp view {judged} as
select {columns} from {staged}
union all
select {columns} from {aside}
