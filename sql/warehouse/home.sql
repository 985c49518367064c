-- One row: the file that tables are in where none is named.
select current_database() as home
