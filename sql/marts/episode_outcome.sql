-- marts.episode_outcome: one row per coaching_episode and outcome, with what came after day 0.
-- Day d is d days after day 0; nothing after the exit or the end of data counts. A value is
-- numerator / denominator; both are NULL where nothing was observed (no answer, no whole week, no
-- scheduled hours, or gone before the window). A week counts when all of it lies in the window.
-- `is_window_complete` says whether the window was over by the end of data, leaving aside exits:
-- it depends on day 0 alone, so comparing only such people picks nobody by how they did.
with episode as (
    select
        entrant.agent_key,
        entrant.day_0,
        entrant.follow_up_days,
        pseudonym.employee_id,
        date_diff('day', entrant.day_0, setting.data_until) as days_to_end
    from marts.coaching_episode as entrant
    cross join staging.study_setting as setting
    inner join staging.pseudonym as pseudonym on pseudonym.person_key = entrant.agent_key
),

survey as (
    select
        score.response_id,
        score.employee_id,
        score.submitted_on,
        score.emotional_exhaustion_0_100,
        score.cynicism_0_100,
        score.compassion_satisfaction_0_100,
        cast(answer.morale as double) as morale_0_10
    from staging.fatigue_score as score
    inner join staging.fatigue_surveys as answer on answer.response_id = score.response_id
),

answered_scale as (
    select response_id, employee_id, submitted_on,
        'emotional_exhaustion' as outcome, emotional_exhaustion_0_100 as score
    from survey
    union all
    select response_id, employee_id, submitted_on,
        'cynicism' as outcome, cynicism_0_100 as score
    from survey
    union all
    select response_id, employee_id, submitted_on,
        'compassion_satisfaction' as outcome, compassion_satisfaction_0_100 as score
    from survey
    union all
    select response_id, employee_id, submitted_on,
        'morale' as outcome, morale_0_10 as score
    from survey
),

-- The first answer to each scale in its window; another instrument may answer another scale.
first_answer as (
    select
        episode.agent_key,
        answered_scale.outcome,
        answered_scale.score as numerator,
        cast(1 as double) as denominator,
        1 as n_observations
    from episode
    inner join answered_scale on answered_scale.employee_id = episode.employee_id
    inner join marts.outcome_window as outcome_window
        on outcome_window.outcome = answered_scale.outcome
    where
        answered_scale.score is not null
        and date_diff('day', episode.day_0, answered_scale.submitted_on)
            between outcome_window.first_day
            and least(outcome_window.last_day, episode.follow_up_days)
    qualify row_number() over (
        partition by episode.agent_key, answered_scale.outcome
        order by
            answered_scale.submitted_on asc nulls last,
            answered_scale.response_id asc nulls last
    ) = 1
),

absence as (
    select
        episode.agent_key,
        outcome_window.outcome,
        sum(
            case
                when kind.is_unplanned then coalesce(cast(shift.absent_hours as double), 0)
                else 0
            end
        ) as numerator,
        sum(cast(shift.scheduled_hours as double)) as denominator,
        count(*) as n_observations
    from episode
    inner join marts.outcome_window as outcome_window
        on outcome_window.outcome = 'unplanned_absence'
    inner join staging.shifts as shift
        on shift.employee_id = episode.employee_id
        and date_diff('day', episode.day_0, shift.shift_date)
            between outcome_window.first_day
            and least(outcome_window.last_day, episode.follow_up_days)
    left join marts.absence_type as kind on kind.absence_type = shift.absence_type
    group by episode.agent_key, outcome_window.outcome
),

-- A week that begins on day d ends on day d + 6, which must lie in the window too.
whole_week as (
    select
        episode.agent_key,
        outcome_window.outcome,
        cast(week.quality_score as double) as quality_score,
        cast(week.csat_mean as double) as csat_mean,
        cast(coalesce(week.csat_responses, 1) as double) as csat_weight
    from episode
    inner join marts.outcome_window as outcome_window
        on outcome_window.outcome in ('customer_satisfaction', 'quality_score')
    inner join staging.performance as week
        on week.employee_id = episode.employee_id
        and date_diff('day', episode.day_0, week.week_start)
            between outcome_window.first_day
            and least(outcome_window.last_day, episode.follow_up_days) - 6
),

satisfaction as (
    select
        agent_key,
        outcome,
        sum(csat_mean * csat_weight) / nullif(sum(csat_weight), 0) as numerator,
        cast(1 as double) as denominator,
        count(*) as n_observations
    from whole_week
    where outcome = 'customer_satisfaction' and csat_mean is not null and csat_weight > 0
    group by agent_key, outcome
),

quality as (
    select
        agent_key,
        outcome,
        avg(quality_score) as numerator,
        cast(1 as double) as denominator,
        count(*) as n_observations
    from whole_week
    where outcome = 'quality_score' and quality_score is not null
    group by agent_key, outcome
),

observed as (
    select * from first_answer
    union all
    select * from absence where denominator > 0
    union all
    select * from satisfaction
    union all
    select * from quality
),

-- Sums run side by side in no fixed order; nine decimals let equal data give equal rows.
episode_outcome as (
    select
        episode.agent_key,
        outcome_window.outcome,
        cast(outcome_window.last_day as integer) as horizon_days,
        episode.days_to_end >= outcome_window.last_day as is_window_complete,
        observed.agent_key is not null as is_observed,
        cast(coalesce(observed.n_observations, 0) as integer) as n_observations,
        round(observed.numerator, 9) as numerator,
        round(observed.denominator, 9) as denominator,
        round(observed.numerator / nullif(observed.denominator, 0), 9) as value
    from episode
    cross join marts.outcome_window as outcome_window
    left join observed
        on observed.agent_key = episode.agent_key
        and observed.outcome = outcome_window.outcome
)

select * from episode_outcome
