-- One row per layer of a refresh: the data that its tables were made from.
select data_fingerprint
from ledger.made_from
where refresh_id = $refresh_id
