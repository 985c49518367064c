-- Refreshes with a data version that was noted before there was a key: the keyed one.
update meta.refresh
set data_version = $keyed
where data_version = $bare
