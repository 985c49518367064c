-- One row per key that stands more than once, as one value.
select ({key}) as key from {judged} group by {key} having count(*) > 1
