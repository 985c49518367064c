-- temp.named_person: one row per row set aside because nobody is known by its identifier.
create or replace temp view named_person as
select employee_id
from {aside}
where set_aside_reason = 'unknown_person'
