-- practice/data_until: one row, the last day that comparisons go to.
select data_until
from staging.study_setting
