-- What a table has of a source.
delete from {notes}
where source = $source
