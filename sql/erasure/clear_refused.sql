-- The rejected values of refused deliveries.
update ledger.rejected_cell
set value = null
where file_id in (select file_id from ledger.file where status = 'refused')
