-- One row where several feeds deliver a source.
select 1 as is_merged
from ledger.merge_plan
where source = $source
