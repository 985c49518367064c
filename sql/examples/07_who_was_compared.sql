-- Who is compared, and who isn't? Each step from the roster to the analysis: how many stood at it, how many
-- left at it and why; then the files that all of it rests on.
with told as (
    select
        'step' as kind,
        step_number as place,
        label as item,
        n_people as n,
        n_left,
        reason as note
    from outcomes.trial_flow
    union all
    select
        'file' as kind,
        row_number() over (order by n_accepted desc nulls last, source, file) as place,
        source || '/' || file as item,
        n_accepted as n,
        null as n_left,
        coalesce(reason, status) as note
    from quality.ingested_file
)

select
    kind,
    item,
    n,
    n_left,
    note
from told
order by kind desc, place
