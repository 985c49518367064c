-- Rejected values that name an erased person.
update ledger.rejected_cell
set value = null
where list_contains($named::varchar[], value)
