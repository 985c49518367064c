-- One row per row of texts: an object of them where it is wanted, else NULL.
select case when wanted then cast(json_object({pairs}) as varchar) end as object
from _texts
order by number
