-- Evaluations as parts of their week: the score is their mean.
select
    employee_of('email', "Agent Email") as employee_id,
    week_of(day_of("Evaluation Date", ['%Y-%m-%d', $date_format])) as week_start,
    number_with_unit("Total Score", '%') as quality_score,
    "Evaluation ID" as _part,
    _line
from delivery
