-- What can today's data bear, outcome by outcome? The verdict, as pages tell it by its grade of
-- credibility, what its data can bear and, where there is none, what stands in the way.
with latest as (
    select outcome, max(horizon_days) as horizon_days
    from outcomes.comparison
    where
        design = 'weighted'
        and segment = 'all'
    group by outcome
)

select
    metric.label,
    estimate.horizon_days,
    estimate.verdict,
    estimate.credibility,
    told_verdict(estimate.verdict, estimate.credibility) as as_told,
    estimate.n_people_a,
    estimate.n_people_b,
    grade.grade,
    coalesce(estimate.reason, grade.reason) as what_stands_in_the_way
from meta.metric_info as metric
left join latest on latest.outcome = metric.outcome
left join outcomes.comparison as estimate
    on estimate.outcome = latest.outcome
    and estimate.horizon_days = latest.horizon_days
    and estimate.design = 'weighted'
    and estimate.segment = 'all'
    and estimate.estimand in ('risk_difference', 'mean_difference')
left join quality.outcome_grade as grade on grade.outcome = metric.outcome
where metric.is_compared
order by metric.label
