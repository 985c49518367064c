-- Intervals of a week or less, as parts of the week that their own first day lies in.
with intervals as (
    select
        _line,
        json_extract_string("group", '$.userId') as agent,
        json_extract_string("group", '$.mediaType') as media,
        unnest(cast(json_extract("data", '$[*]') as json[])) as part
    from delivery
),

handled as (
    select
        *,
        json_extract_string(part, '$.interval') as span,
        list_filter(
            cast(json_extract(part, '$.metrics[*]') as json[]),
            lambda each: json_extract_string(each, '$.metric') = 'tHandle'
        )[1] as metric
    from intervals
)

select
    employee_of('genesys', agent) as employee_id,
    week_of(left(span, 10)) as week_start,
    json_extract_string(metric, '$.stats.count') as contacts_handled,
    cast(json_extract_string(metric, '$.stats.sum') as double) / 1000
        / nullif(cast(json_extract_string(metric, '$.stats.count') as double), 0)
        as handle_seconds,
    concat_ws('|', span, media) as _part,
    _line,
    case when metric is null then 'no contacts in the interval' end as _skip
from handled
