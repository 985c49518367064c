-- Refreshes later than the one that stands published: they stand no longer.
update meta.refresh
set status = 'rolled_back'
where status = 'published' and refresh_id > $standing
