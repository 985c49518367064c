-- grades/covered_day: one row per site and day with a shift, in the $window_days up to the newest
-- shift that isn't later than $as_of.
with reach as (
    select max(shift_date) as last_day
    from staging.shifts
    where shift_date <= $as_of
),

placed as (
    select
        employee_id,
        site,
        effective_date as from_day,
        lead(effective_date) over (partition by employee_id order by effective_date) as until_day
    from staging.roster
),

covered as (
    select distinct
        placed.site,
        shift.shift_date as day,
        reach.last_day
    from staging.shifts as shift
    cross join reach
    inner join placed
        on placed.employee_id = shift.employee_id
        and placed.from_day <= shift.shift_date
        and (placed.until_day is null or shift.shift_date < placed.until_day)
    where date_diff('day', shift.shift_date, reach.last_day) between 0 and $window_days - 1
)

select * from covered
