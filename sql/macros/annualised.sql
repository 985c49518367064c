-- annualised(exits, headcount, months := 1): leavers as a year's rate, as SHRM has it: the separations of so
-- many months, times 12 over the number of months, over the mean of these months' average_headcount. NULL
-- without anybody. Leavers of a quarter take months := 3; a sum of leavers over a sum of headcounts needs
-- no number of months. Months that are hidden must be left out of both.
create or replace macro annualised(exits, headcount, months := 1) as
    12.0 / nullif(months, 0) * exits / nullif(headcount, 0)
