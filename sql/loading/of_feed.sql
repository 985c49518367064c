-- One row per key of one feed: its parts merged by its rules.
(
    select
        {key},
        {values}
        {rank} as _rank,
        max(file_id) as file_id,
        arg_max(line_number, row(file_id, line_number)) as line_number
    from {parts}
    {wanted}
    where {is_of_feed}
    group by {key}
)
