-- Of the people hired in a month, how many left within 90 days, and within 180? Cohorts that can't have
-- been observed say so; the first column of figures is the chart "Left within 90 days" of the page Today.
select
    soon.hire_month,
    soon.n_hired,
    soon.n_left as n_left_within_90_days,
    soon.left_per_100 as left_within_90_days_per_100,
    later.left_per_100 as left_within_180_days_per_100,
    soon.status,
    later.status as status_180_days
from left_within(90) as soon
inner join left_within(180) as later using (hire_month)
where soon.status <> 'no_data'
order by soon.hire_month desc
