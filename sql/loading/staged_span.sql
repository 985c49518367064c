-- temp.staged_span: one row per staged row that may have to be set aside, with the days that it is
-- about.
create or replace temp view staged_span as
select row_id, employee_id, {day} as first_day, {day} + {n_more_days} as last_day
from ({rows})
