-- Check us: count voluntary exits within 180 days by hand and set them beside the published counts.
-- The risks in outcomes.comparison aren't simply these counts over people, because some people were
-- followed for less than 180 days.
with counted as (
    select
        arm,
        count(*) as n_people,
        count(*) filter (where exit_type = 'voluntary' and follow_up_days <= 180)
            as n_voluntary_exits
    from marts.coaching_episode
    group by arm
)

select
    counted.arm,
    counted.n_people,
    case when published.arm_a = counted.arm then published.n_people_a else published.n_people_b end
        as n_people_published,
    counted.n_voluntary_exits,
    case when published.arm_a = counted.arm then published.n_events_a else published.n_events_b end
        as n_voluntary_exits_published
from counted
inner join outcomes.comparison as published
    on published.arm_a = counted.arm or published.arm_b = counted.arm
where
    published.outcome = 'voluntary_exit'
    and published.horizon_days = 180
    and published.design = 'unadjusted'
    and published.estimand = 'risk_difference'
    and published.segment = 'all'
order by counted.arm
