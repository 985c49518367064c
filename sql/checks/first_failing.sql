-- The first rows of a table that fail a check, with what it looks at: one row each.
select {columns}
from {judged} as staged
where not ({is_good})
order by staged.file_id, staged.line_number
limit $most
