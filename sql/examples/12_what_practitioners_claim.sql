-- What is claimed about compassionate coaching, and which numbers today's verdict rests on?
-- A claim without a row here can't be tested with an organisation's records.
select
    claim.claim,
    claim.verdict,
    estimate.label,
    estimate.estimate,
    estimate.conf_low,
    estimate.conf_high,
    estimate.unit,
    estimate.expected,
    estimate.adjusted_p_value,
    estimate.n_people,
    estimate.reason
from outcomes.claim as claim
inner join outcomes.claim_estimate as estimate on estimate.claim = claim.claim
where estimate.is_deciding
order by claim.claim, estimate.estimate_name
