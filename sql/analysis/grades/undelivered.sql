-- grades/undelivered: one row per source of which nothing was ever delivered.
select source
from quality.freshness
where status = 'missing'
order by source
