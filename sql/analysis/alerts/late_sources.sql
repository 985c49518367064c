-- alerts/late_sources: one row per late source.
-- Sources whose newest event is older than their rhythm allows, in the order of the contracts.
-- One that never delivered is not late: who has no such system is not told every night.
select source, age_days, expected_days
from quality.freshness
where status = 'late'
order by source
