-- site/cut: one row, up to when the figures go and when comparisons are made next.
select counts_until, comparison_until, next_cut_on, cause
from meta.cut
