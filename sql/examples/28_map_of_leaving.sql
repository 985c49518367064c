-- Where and when did many leave? The map of the page Today: each site's yearly rate of leaving in any
-- way, by month, or by quarter where too few leave; never a ranking, and hidden cells say so.
select
    site,
    per,
    first_month,
    last_month,
    round(100 * value, 1) as left_per_100_a_year,
    signal in ('above_limit', 'below_limit') as is_outside_its_usual_range,
    status
from outcomes.site_leaving
order by site, first_month
