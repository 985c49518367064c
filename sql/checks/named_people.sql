-- temp.named_person: one row per row of a table.
create or replace temp view named_person as
select employee_id from {judged}
