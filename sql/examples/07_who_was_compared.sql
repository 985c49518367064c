-- Who is compared, and who isn't? Each step from the roster to the analysis, then the files that
-- all of it rests on.
select
    'step' as kind,
    label as item,
    n_people as n,
    reason as note
from outcomes.trial_flow
union all
select
    'file' as kind,
    source || '/' || file as item,
    n_accepted as n,
    coalesce(reason, status) as note
from quality.ingested_file
order by kind desc, n desc nulls last, item
