-- One row per identifier that a staged source has for a person.
select distinct {identifiers}
from {staged}
