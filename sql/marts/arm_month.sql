-- marts.arm_month: one row per arm and month over the agents whose first session was of that kind, as counted in marts.group_month.
-- Rounded on its way out; the spreads stay private.
with arm_month as (
    select scope_value as arm, * exclude (scope, scope_value)
    from marts.group_month
    where scope = 'arm'
)

select * from arm_month
