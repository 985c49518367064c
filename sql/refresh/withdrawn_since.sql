-- One row per published file that was withdrawn after a publication, copies left aside.
select 'file' as cause, source, file, max(n_rows) as n_rows
from ledger.file
where
    status = 'withdrawn'
    and copy_of is null
    and withdrawn_at > $published
    and loaded_at < $published
group by all
order by all
