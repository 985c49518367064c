-- site/cut: one row, up to when the figures go and when comparisons are made next.
select
    counts_until,
    comparison_until,
    next_cut_on as next_on,
    cause,
    quarter_later_on,
    waits_for,
    is_whole_month,
    data_age_days,
    is_long_ago
from meta.cut
