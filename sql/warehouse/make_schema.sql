-- A schema of the open file.
create schema if not exists {schema}
