-- set_aside/summary: one row per file and reason, how many of its rows can't count yet.
-- Records of a feed whose person isn't known wait in the ledger, as delivered.
with waiting_record as (
    select file_id, 'unknown_person' as reason, count(distinct line_number) as n_rows
    from ledger.rejected_cell
    where rule = 'unknown_person'
    group by file_id
),

waiting as (
    select file_id, reason, n_rows
    from ledger.aside_count
    union all
    select file_id, reason, n_rows
    from waiting_record
),

summary as (
    select
        file.source,
        file.file,
        waiting.reason,
        cast(sum(waiting.n_rows) as bigint) as n_rows
    from waiting
    inner join ledger.file as file on file.file_id = waiting.file_id
    where file.status = 'loaded' and file.copy_of is null
    group by file.source, file.file, file.file_id, waiting.reason
    order by file.source, file.file_id, waiting.reason
)

select * from summary
