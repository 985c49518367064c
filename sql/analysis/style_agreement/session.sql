-- style_agreement/session: one row per coaching session: its label, and what its behaviours say.
select
    agent_key,
    coach_key,
    style,
    style_from_behaviours
from marts.coaching_session
order by agent_key, session_number
