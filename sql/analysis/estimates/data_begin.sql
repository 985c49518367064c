-- estimates/data_begin: the first day with a coaching session, of any kind; NULL without sessions.
select min(session.session_date) as data_begin
from marts.coaching_session as session
