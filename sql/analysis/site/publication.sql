-- site/publication: one row, the number of this publication and how many estimates changed.
select
    1 + (select count(*) from meta.refresh where status = 'published') as publication,
    n_estimates_changed
from meta.pending_refresh
