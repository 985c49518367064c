-- One row per loaded file, in the order of their numbers: what makes the version of the data.
select source, sha256
from ledger.file
where status = 'loaded'
order by file_id
