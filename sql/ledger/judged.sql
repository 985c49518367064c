-- At most one row: up to which delivery a question was answered for every row of a source.
select up_to
from ledger.judged_up_to
where
    source = $source
    and question = $question
    and held_against = $against
    and judged_on <= $today
