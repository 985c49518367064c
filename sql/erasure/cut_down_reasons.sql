-- Reasons that say more than what is published of them.
update ledger.file
set reason = public_reason
where reason <> public_reason
