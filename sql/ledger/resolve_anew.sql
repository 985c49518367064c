-- Files of feeds that came since a moment: they are to be read again.
update ledger.file
set mapping = concat(mapping, $mark)
where feed is not null and status = 'loaded' and loaded_at >= $since
