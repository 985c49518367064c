-- A note, without a row, that people have got other pseudonyms.
create table if not exists {renamed} (n_people integer)
