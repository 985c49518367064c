-- quality.ingested_file: one row per line of the ledger, as it is published.
create or replace view quality.ingested_file as
with waiting_record as (
    select file_id, count(distinct line_number) as n_waiting
    from ledger.rejected_cell
    where rule = 'unknown_person'
    group by file_id
),
aside as (
    select file_id, cast(sum(n_rows) as bigint) as n_aside from ledger.aside_count group by file_id
),
loaded as (
    select
        file.*,
        case when file.status = 'loaded' and file.copy_of is null then coalesce(n_waiting, 0)
            else 0 end as n_waiting,
        case when file.status = 'loaded' and file.copy_of is null then coalesce(n_aside, 0)
            else 0 end as n_aside
    from ledger.file as file
    left join waiting_record on waiting_record.file_id = file.file_id
    left join aside on aside.file_id = file.file_id
)
select
    source, file, status, public_reason as reason,
    n_rows + coalesce(n_skipped, 0) as n_rows,
    n_accepted - n_aside as n_accepted,
    n_quarantined - n_waiting as n_quarantined,
    n_superseded,
    case when n_rows is not null then coalesce(n_skipped, 0) end as n_skipped,
    case when n_rows is not null then n_waiting + n_aside end as n_set_aside,
    first_seen_at, is_in_landing, unknown_columns
from loaded
order by file_id
