-- A schema of the open file, with everything in it.
drop schema {schema} cascade
