-- One row per delivery that was refused and first seen before a day.
select source, file
from ledger.file
where status = 'refused' and cast(first_seen_at as date) < $before
