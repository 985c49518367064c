-- One row: how many estimates of the publication before aren't there any more.
select count(*) as n_gone
from meta.estimate_change
where change = 'gone'
