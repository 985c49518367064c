-- How far may each headline be believed, which check decided that, and what would raise it? As in the
-- table of credibility on the page Fair comparison.
select
    graded.outcome,
    named.label,
    graded.horizon_days,
    graded.grade,
    graded.reasons,
    graded.would_raise,
    graded.n_checks,
    graded.n_passed,
    graded.status
from outcomes.credibility as graded
left join meta.metric_info as named using (outcome)
order by graded.outcome
