-- One row per name that a system has for an erased person, hashed.
select hash
from ledger.erased_alias
