-- left_within(days): one row per month of hire: how many of its agents left within so many days, in any
-- way. A cohort that can't have been observed says so and has no figure: hired before the data begin
-- (no_data), too lately for all to have reached the day (too_early), or under ten people (suppressed).
create or replace macro left_within(days) as table
with reach as (
    select
        (select min(observed_from_month) from marts.dim_month) as observed_from_month,
        (select max(counts_until) from meta.cut) as counts_until
),

hired as (
    select
        hire_month,
        count(*) as n_hired,
        count(*) filter (where exit_type is not null and tenure_days <= days) as n_left_in_time
    from marts.agent
    where is_ever_agent
    group by hire_month
),

judged as (
    select
        hired.*,
        case
            when reach.observed_from_month is null or hired.hire_month < reach.observed_from_month
                then 'no_data'
            when date_diff('day', last_day(hired.hire_month), reach.counts_until) < days
                then 'too_early'
            when hired.n_hired < 10 then 'suppressed'
            else 'shown'
        end as status
    from hired
    cross join reach
),

cohort as (
    select
        hire_month,
        case when n_hired >= 10 then n_hired end as n_hired,
        case when status = 'shown' then n_left_in_time end as n_left,
        case when status = 'shown' then round(100.0 * n_left_in_time / n_hired, 1) end
            as left_per_100,
        status
    from judged
)

select * from cohort order by hire_month
