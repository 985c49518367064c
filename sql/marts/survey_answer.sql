-- marts.survey_answer: one row per survey response of somebody who was employed at the time, with
-- what came before and after it. Private: it holds people's own scores.
-- Place, role and tenure are those of the month of the response. Contacts are those of the whole
-- weeks in the 90 days before it. A team's mean is over the first response in the quarter of each
-- other person of the team, so that nobody counts in their own team's mean. "Next" is the person's
-- first response in a later quarter and within 365 days. `follow_up_days` runs to the exit or to the
-- end of data; a response on the day of the exit has none. `warning_signs_0_100` is the mean of
-- irritability, trouble concentrating and detachment where all three are known.
with response as (
    select
        score.response_id,
        score.employee_id,
        score.submitted_on,
        cast(date_trunc('month', score.submitted_on) as date) as submitted_month,
        year(score.submitted_on) * 4 + quarter(score.submitted_on) as quarter_number,
        score.instrument,
        score.emotional_exhaustion_0_100,
        score.cynicism_0_100,
        score.irritability_0_100,
        score.difficulty_concentrating_0_100,
        score.detachment_0_100,
        score.morale_0_10,
        score.stress_1_5
    from marts.survey_response as score
),

placed as (
    select
        response.*,
        place.role,
        place.site,
        place.site || ' / ' || place.team as team,
        place.employment_type,
        place.weekly_hours,
        cast(date_diff('day', place.hire_date, response.submitted_on) as integer) as tenure_days,
        place.hire_date,
        row_number() over (
            partition by response.employee_id
            order by response.submitted_on asc nulls last, response.response_id asc nulls last
        ) as response_number,
        row_number() over (
            partition by response.employee_id, response.quarter_number
            order by response.submitted_on asc nulls last, response.response_id asc nulls last
        ) as number_in_quarter
    from response
    inner join marts.employed_month as place
        on place.employee_id = response.employee_id
        and place.month = response.submitted_month
    where response.submitted_on <= place.last_employed_day
),

team_quarter as (
    select
        team,
        role,
        quarter_number,
        count(emotional_exhaustion_0_100) as n_exhaustion,
        sum(emotional_exhaustion_0_100) as exhaustion_sum,
        count(cynicism_0_100) as n_cynicism,
        sum(cynicism_0_100) as cynicism_sum
    from placed
    where number_in_quarter = 1
    group by team, role, quarter_number
),

-- The first response of each quarter leads to the first one of the next quarter with a response.
following as (
    select
        employee_id,
        quarter_number,
        lead(submitted_on) over (partition by employee_id order by quarter_number)
            as next_submitted_on,
        lead(emotional_exhaustion_0_100) over (partition by employee_id order by quarter_number)
            as next_emotional_exhaustion_0_100,
        lead(cynicism_0_100) over (partition by employee_id order by quarter_number)
            as next_cynicism_0_100
    from placed
    where number_in_quarter = 1
),

contact as (
    select
        placed.response_id,
        sum(week.contacts_handled) as prior_contacts,
        sum(week.difficult_contacts) as prior_difficult_contacts
    from placed
    inner join staging.performance as week
        on week.employee_id = placed.employee_id
        and date_diff('day', week.week_start, placed.submitted_on) between 7 and 90
    group by placed.response_id
),

leaving as (
    select
        placed.response_id,
        employment_exit.exit_date,
        employment_exit.exit_type
    from placed
    inner join marts.employment_exit as employment_exit
        on employment_exit.employee_id = placed.employee_id
        and employment_exit.exit_date >= placed.submitted_on
    qualify row_number() over (
        partition by placed.response_id
        order by employment_exit.exit_date asc nulls last
    ) = 1
),

survey_answer as (
    select
        pseudonym.person_key as agent_key,
        cast(placed.response_number as integer) as response_number,
        cast(placed.number_in_quarter as integer) as number_in_quarter,
        placed.submitted_on,
        placed.submitted_month,
        cast(placed.quarter_number as integer) as quarter_number,
        placed.instrument,
        placed.role,
        placed.site,
        placed.team,
        placed.employment_type,
        placed.weekly_hours,
        placed.tenure_days,
        placed.emotional_exhaustion_0_100,
        placed.cynicism_0_100,
        placed.irritability_0_100,
        placed.difficulty_concentrating_0_100,
        placed.detachment_0_100,
        round(
            (
                placed.irritability_0_100
                + placed.difficulty_concentrating_0_100
                + placed.detachment_0_100
            ) / 3, 9
        ) as warning_signs_0_100,
        placed.morale_0_10,
        placed.stress_1_5,
        cast(contact.prior_contacts as double) / 100 as prior_contacts_100,
        cast(contact.prior_difficult_contacts as double) / 100 as prior_difficult_contacts_100,
        round(
            case
                when placed.number_in_quarter = 1 and placed.emotional_exhaustion_0_100 is not null
                    then (team.exhaustion_sum - placed.emotional_exhaustion_0_100)
                        / nullif(team.n_exhaustion - 1, 0)
            end, 9
        ) as others_emotional_exhaustion_0_100,
        round(
            case
                when placed.number_in_quarter = 1 and placed.cynicism_0_100 is not null
                    then (team.cynicism_sum - placed.cynicism_0_100)
                        / nullif(team.n_cynicism - 1, 0)
            end, 9
        ) as others_cynicism_0_100,
        case
            when placed.number_in_quarter = 1 and date_diff(
                'day', placed.submitted_on, following.next_submitted_on
            ) <= 365 then following.next_emotional_exhaustion_0_100
        end as next_emotional_exhaustion_0_100,
        case
            when placed.number_in_quarter = 1 and date_diff(
                'day', placed.submitted_on, following.next_submitted_on
            ) <= 365 then following.next_cynicism_0_100
        end as next_cynicism_0_100,
        cast(
            date_diff(
                'day',
                placed.submitted_on,
                coalesce(leaving.exit_date, setting.data_until)
            ) as integer
        ) as follow_up_days,
        leaving.exit_type
    from placed
    cross join staging.study_setting as setting
    inner join staging.pseudonym as pseudonym
        on pseudonym.employee_id = placed.employee_id
    left join team_quarter as team
        on team.team = placed.team
        and team.role = placed.role
        and team.quarter_number = placed.quarter_number
    left join following
        on following.employee_id = placed.employee_id
        and following.quarter_number = placed.quarter_number
    left join contact on contact.response_id = placed.response_id
    left join leaving on leaving.response_id = placed.response_id
)

select * from survey_answer
