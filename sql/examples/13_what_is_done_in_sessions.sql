-- What is done in sessions of the two kinds? Behaviours side by side, furthest apart first: the page
-- on coaching practice in one table. Empty where a share would be of too few people or coaches.
with behaviour as (
    select measure, arm, value, n_sessions
    from outcomes.coaching_practice
    where topic = 'behaviour'
),

labels as (
    select distinct arm_a, arm_b
    from outcomes.comparison
    where design = 'weighted'
)

select
    a.measure as behaviour,
    round(100 * a.value, 1) as per_100_sessions_arm_a,
    round(100 * b.value, 1) as per_100_sessions_arm_b,
    round(100 * (a.value - b.value), 1) as difference,
    a.n_sessions as n_sessions_arm_a,
    b.n_sessions as n_sessions_arm_b
from labels
inner join behaviour as a on a.arm = labels.arm_a
inner join behaviour as b on b.arm = labels.arm_b and b.measure = a.measure
order by abs(a.value - b.value) desc nulls last, behaviour
