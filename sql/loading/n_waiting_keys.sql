-- One row: how many keys wait for a feed that gives them the columns that they must have.
with waiting as (
    select distinct {key}
    from {parts}
    where not ({is_complete})
)

select count(*) as n_keys
from waiting
anti join {staged} using ({key})
