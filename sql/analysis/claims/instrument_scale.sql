-- claims/instrument_scale: one row per questionnaire and scale.
select *
from quality.instrument_scale
order by instrument, scale
