-- Who has been trained in what, and in which format? First completions; rare formats stand together.
select
    measure as course,
    level as format,
    n_people,
    round(100 * value, 1) as per_100_attendants,
    reason
from outcomes.coaching_practice
where topic = 'training'
order by course, position
