-- One part per day, so that the days of a week add up, whichever files they come in.
select
    employee_id,
    week_of(day_of("week_start", $date_format)) as week_start,
    "contacts_handled" as contacts_handled,
    "difficult_contacts" as difficult_contacts,
    "csat_mean" as csat_mean,
    "csat_responses" as csat_responses,
    "quality_score" as quality_score,
    "handle_seconds" as handle_seconds,
    "first_contact_resolution" as first_contact_resolution,
    day_of("week_start", $date_format) as _part,
    _line
from delivery
