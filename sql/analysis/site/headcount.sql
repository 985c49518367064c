-- site/headcount: one row, the agents who are employed and those who have left.
select
    count(*) filter (where is_employed) as n_employed,
    count(*) filter (where exit_date is not null) as n_left
from marts.agent
where is_ever_agent
