-- estimates/coach_month: one row per coach and month, before the training and after.
select *
from marts.coach_month
order by coach_key, month
