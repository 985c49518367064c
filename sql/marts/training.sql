-- marts.training: one row per person, course and day of completion up to the end of data. Private.
-- `is_first` marks the first time that the person completed the course.
with attendance as (
    select
        pseudonym.person_key as agent_key,
        training.course,
        training.completed_on,
        training.format,
        cast(training.hours as double) as hours
    from staging.training as training
    cross join staging.study_setting as setting
    inner join staging.pseudonym as pseudonym
        on pseudonym.employee_id = training.employee_id
    where training.completed_on <= setting.data_until
),

training as (
    select
        attendance.*,
        row_number() over (
            partition by agent_key, course
            order by completed_on asc nulls last
        ) = 1 as is_first
    from attendance
)

select * from training
