-- One row per file of a folder of landing that lay there at the last refresh, and source that it
-- gives: what its content was, and its stamp.
select file, sha256, stamp
from ledger.file
where is_in_landing and ((source = $folder and feed is null) or feed = $folder)
order by all
