-- Rows under an earlier pseudonym: the present one.
update {table}
set {key} = _renamed.person_key
from _renamed
where {key} = _renamed.old_key
