-- One row per number: how it is written.
select cast(number as varchar) as text
from {numbers}
order by place
