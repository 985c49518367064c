-- One row per data version that was noted before there was a key.
select distinct data_version
from meta.refresh
where length(data_version) < $n_digits
