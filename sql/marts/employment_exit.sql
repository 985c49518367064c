-- marts.employment_exit: one row per exit up to the end of data, under the roster's own identifiers.
-- Private. A kind that isn't known counts as 'other'.
with employment_exit as (
    select
        attrition.employee_id,
        attrition.separation_date as exit_date,
        coalesce(attrition.separation_type, 'other') as exit_type
    from staging.attrition as attrition
    cross join staging.study_setting as setting
    where attrition.separation_date <= setting.data_until
)

select * from employment_exit
