-- cut/first_session: one row, the day of the first coaching session.
select min(cast(started_at as date)) as first_day
from staging.coaching_sessions
