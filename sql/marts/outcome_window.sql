-- marts.outcome_window: one row per outcome beyond exits, with the days after day 0 that count.
-- Private. Written by `python -m pipelines.contracts.generate` from contracts/metrics.yml; change
-- it there.
with outcome_window as (
    select 'emotional_exhaustion' as outcome, 60 as first_day, 180 as last_day
    union all
    select 'cynicism' as outcome, 60 as first_day, 180 as last_day
    union all
    select 'compassion_satisfaction' as outcome, 60 as first_day, 180 as last_day
    union all
    select 'morale' as outcome, 60 as first_day, 180 as last_day
    union all
    select 'unplanned_absence' as outcome, 1 as first_day, 180 as last_day
    union all
    select 'customer_satisfaction' as outcome, 1 as first_day, 90 as last_day
    union all
    select 'quality_score' as outcome, 1 as first_day, 90 as last_day
)

select * from outcome_window
