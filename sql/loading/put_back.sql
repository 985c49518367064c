-- The rows of a source that were set aside, back among those that are staged.
insert into {staged} by name
select * exclude (set_aside_reason, set_aside_until)
from {aside}
