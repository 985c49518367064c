-- Do we meet our targets, and could we as things are? The newest month of each measure with a target in
-- the settings, and whether its usual range lies beyond it, short of it or across it.
-- Empty unless [targets] in the settings names a measure.
select
    measure,
    month,
    value,
    target,
    target_state,
    usual_low,
    usual_high,
    signal,
    is_welcome
from outcomes.trend
where scope = 'all' and is_newest and target is not null
order by measure
