-- What is our turnover? Leavers of twelve whole months over the average headcount of these months, for
-- everybody and each site, and beside it the newest month as a year's rate (as on the page Today). A month
-- that a site began or ended with nobody is no whole one, and isn't told as a year's.
with monthly as (
    select 'all' as whose, month, n_opening, n_closing, n_exits, average_headcount, status
    from marts.all_month
    union all
    select site as whose, month, n_opening, n_closing, n_exits, average_headcount, status
    from marts.site_month
),

whole as (
    select monthly.*
    from monthly
    inner join marts.dim_month as calendar using (month)
    where calendar.is_whole_month
),

year_of_months as (
    select
        whose,
        month,
        case when n_opening > 0 and n_closing > 0 then annualised(n_exits, average_headcount) end
            as newest_month_as_a_year,
        count(n_exits) over twelve as n_months,
        annualised(sum(n_exits) over twelve, sum(average_headcount) over twelve) as turnover,
        count(*) filter (where status <> 'shown') over twelve as n_hidden
    from whole
    window twelve as (partition by whose order by month rows between 11 preceding and current row)
)

select
    whose,
    month,
    round(100 * newest_month_as_a_year, 1) as newest_month_per_100_a_year,
    case when n_months = 12 and n_hidden = 0 then round(100 * turnover, 1) end
        as turnover_of_twelve_months_per_100
from year_of_months
qualify month = max(month) over (partition by whose)
order by whose = 'all' desc, whose
