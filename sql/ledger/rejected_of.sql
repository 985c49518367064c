-- One row per rejected value of the deliveries that meet a condition, the refused left out.
select *
from ledger.rejected_cell
where
    {condition}
    and file_id in (select file_id from ledger.file where status <> 'refused')
order by all
