-- One row: what a check of a table found.
insert into quality.check_result
values ($table_name, $check_name, $severity, $passed, $n_checked, $n_failed, $detail)
