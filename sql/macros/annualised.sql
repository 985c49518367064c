-- annualised(exits, headcount): a month's leavers as a year's rate, as SHRM has it: separations times 12
-- over the average of opening and closing headcount. NULL without anybody.
create or replace macro annualised(exits, headcount) as 12.0 * exits / nullif(headcount, 0)
