-- Of those hired in a quarter, how many are still there after 3, 6 and 12 months? As on the map of the page
-- Today; empty where not everybody hired in the quarter could have stayed so long.
select
    hire_quarter,
    max(n_hired) as n_hired,
    round(100 * max(share_still_there) filter (where months_in_job = 3), 0) as after_3_months_per_100,
    round(100 * max(share_still_there) filter (where months_in_job = 6), 0) as after_6_months_per_100,
    round(100 * max(share_still_there) filter (where months_in_job = 12), 0) as after_12_months_per_100
from marts.hire_quarter
where scope = 'all'
group by hire_quarter
order by hire_quarter desc
