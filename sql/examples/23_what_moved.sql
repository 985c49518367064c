-- Why is today's page another one than yesterday's? Estimates whose verdict changed, then what came
-- in since the last publication. Empty where neither did, and of estimates in a first publication.
select
    'estimate' as kind,
    outcome || ', ' || horizon_days || ' days, ' || design as item,
    coalesce(verdict_before, 'none') || ' -> ' || coalesce(verdict, 'none') as what
from meta.estimate_change
where
    segment = 'all'
    and verdict is distinct from verdict_before
union all
select
    cause as kind,
    coalesce(source || '/' || file, cause) as item,
    coalesce(cast(n_rows as varchar) || ' rows', 'changed') as what
from meta.data_change
order by kind, item
