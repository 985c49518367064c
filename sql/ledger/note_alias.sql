-- What an erased person is called by a system, noted once.
insert into ledger.erased_alias
select $hash
where not exists (select 1 from ledger.erased_alias where hash = $hash)
