-- One row of a table that has one per source.
insert into {notes} values ($source, $noted)
