-- marts.site_month: one row per site and month over its agents, as counted in marts.group_month.
-- Rounded on its way out; the spreads stay private.
with site_month as (
    select scope_value as site, * exclude (scope, scope_value)
    from marts.group_month
    where scope = 'site'
)

select * from site_month
