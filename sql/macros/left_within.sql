-- left_within(days): one row per month of hire: how many of its agents left within 30, 60, 90, 180 or 365
-- days, in any way; other numbers of days are an error. It reads marts.hire_month, whose status says why a
-- month has no figure. Of an attached file, say USE first, or read the table itself: a macro takes its
-- tables from the file that is in use.
create or replace macro left_within(days) as table
select
    hire_month,
    n_hired,
    n_left,
    round(100 * share_left, 1) as left_per_100,
    status
from marts.hire_month
where n_days = case
    when days in (30, 60, 90, 180, 365) then days
    else error('left_within(days): days is 30, 60, 90, 180 or 365, as in marts.hire_month')
end
order by hire_month
