-- trial_flow/candidate: one row per person of the roster, with the step at which they left.
select
    agent_key,
    exclusion
from marts.trial_candidate
