-- One row per refused file that lies in landing, without any delivered value.
select source, file, public_reason
from ledger.file
where status = 'refused' and is_in_landing
order by file_id
