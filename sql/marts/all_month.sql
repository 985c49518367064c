-- marts.all_month: one row per month over all agents, as counted in marts.group_month.
-- Rounded on its way out; the spreads stay private.
with all_month as (
    select * exclude (scope, scope_value)
    from marts.group_month
    where scope = 'all'
)

select * from all_month
