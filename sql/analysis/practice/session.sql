-- practice/session: one row per coaching session, in the order of a person's sessions.
select *
from marts.coaching_session
order by agent_key, session_number
