-- scores/response: one row per staged survey response, in the order of the key.
select *
from staging.fatigue_surveys
order by response_id
