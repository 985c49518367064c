-- One refresh.
delete from meta.refresh
where refresh_id = $refresh_id
