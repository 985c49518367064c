-- Of the people hired in a month, how many left within 90 days, within 180 and within a year? The same people
-- and the same rule as the chart "Left within 90 days" of the page Today. Months before observed_from_month
-- aren't told, for those of them who left early aren't in the data; a month too young for a number of days
-- says too_early, one of few hires suppressed.
select
    soon.hire_month,
    soon.n_hired,
    soon.n_left as n_left_within_90_days,
    round(100 * soon.share_left, 1) as left_within_90_days_per_100,
    round(100 * later.share_left, 1) as left_within_180_days_per_100,
    round(100 * year.share_left, 1) as left_within_365_days_per_100,
    soon.status,
    later.status as status_180_days,
    year.status as status_365_days
from marts.hire_month as soon
inner join marts.hire_month as later using (hire_month)
inner join marts.hire_month as year using (hire_month)
where
    soon.n_days = 90
    and later.n_days = 180
    and year.n_days = 365
    and soon.status <> 'no_data'
order by soon.hire_month desc
