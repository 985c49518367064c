-- estimates/data_begin: one row, the first day with a coaching session; NULL without sessions.
select min(session.session_date) as data_begin
from marts.coaching_session as session
