-- Merged rows of a source, among those that are staged.
insert into {staged} by name
{rows}
