-- Check us: count by hand who left within 180 days, and set it beside the published counts.
-- That somebody left is a fact and agrees to the person; how they left is published in steps of five
-- people, and moves only once enough have left. The risks in outcomes.comparison aren't simply these
-- counts over people, because some people were followed for less than 180 days.
with counted as (
    select
        arm,
        count(*) as n_people,
        count(*) filter (where exit_type is not null and follow_up_days <= 180) as n_exits,
        count(*) filter (where exit_type = 'voluntary' and follow_up_days <= 180)
            as n_voluntary_exits
    from marts.coaching_episode
    group by arm
),

published as (
    select
        outcome,
        unnest([arm_a, arm_b]) as arm,
        unnest([n_people_a, n_people_b]) as n_people,
        unnest([n_events_a, n_events_b]) as n_events
    from outcomes.comparison
    where
        outcome in ('any_exit', 'voluntary_exit')
        and horizon_days = 180
        and design = 'unadjusted'
        and estimand = 'risk_difference'
        and segment = 'all'
)

select
    counted.arm,
    counted.n_people,
    fact.n_people as n_people_published,
    counted.n_exits,
    fact.n_events as n_exits_published,
    counted.n_voluntary_exits,
    by_choice.n_events as n_voluntary_exits_published
from counted
inner join published as fact on fact.arm = counted.arm and fact.outcome = 'any_exit'
left join published as by_choice
    on by_choice.arm = counted.arm and by_choice.outcome = 'voluntary_exit'
order by counted.arm
