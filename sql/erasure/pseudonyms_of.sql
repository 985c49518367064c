-- One row per person who is named: what the last refresh called them.
select person_key
from {pseudonyms}
where list_contains($people::varchar[], employee_id)
