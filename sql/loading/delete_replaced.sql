-- The rows of a table that what arrived takes the place of.
delete from {standing} as stood using {arrived} as arrived
where {same_key}
