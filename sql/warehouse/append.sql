-- The rows of a frame, among those of a table.
insert into {table} by name
select * from _frame_to_write
