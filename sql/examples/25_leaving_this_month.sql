-- How many left in the last whole months, and is that unusual? Everybody and each site against its own
-- past, as on the page Today: numbers are judged by their rates, so the usual range is in people at the
-- month's headcount; a month without one says why.
select
    scope_value as whose,
    month,
    value as n_left,
    usual_low,
    usual_high,
    signal,
    change_month,
    change_year,
    status,
    reason
from outcomes.trend
where measure = 'any_exits' and scope in ('all', 'site')
order by scope, scope_value, month desc
