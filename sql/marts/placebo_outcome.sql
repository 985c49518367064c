-- marts.placebo_outcome: one row per coaching_episode and outcome seen before day 0, earlier than
-- anything that people are weighted by. No later coaching can have changed it, so the arms should be
-- alike in it once they are weighted by what came after it (a placebo window).
-- Quality and satisfaction: weeks that begin 57 to 168 days before day 0. Absence: days 91 to 270
-- before. Exhaustion and cynicism: the newest answer of two years that is older than the one people
-- are weighted by. Morale and compassion satisfaction, which nobody is weighted by: the newest
-- answer of the year before. A value is numerator / denominator, as in marts.episode_outcome.
with episode as (
    select
        entrant.agent_key,
        entrant.day_0,
        pseudonym.employee_id
    from marts.coaching_episode as entrant
    inner join staging.pseudonym as pseudonym on pseudonym.person_key = entrant.agent_key
),

survey as (
    select
        episode.agent_key,
        score.response_id,
        date_diff('day', score.submitted_on, episode.day_0) as days_before,
        score.emotional_exhaustion_0_100,
        score.cynicism_0_100,
        score.compassion_satisfaction_0_100,
        cast(answer.morale as double) as morale_0_10,
        score.submitted_on
    from episode
    inner join staging.fatigue_score as score
        on score.employee_id = episode.employee_id
        and date_diff('day', score.submitted_on, episode.day_0) between 1 and 730
    inner join staging.fatigue_surveys as answer on answer.response_id = score.response_id
),

-- The response that people are weighted by, as marts.coaching_episode chooses it.
weighted_by as (
    select agent_key, response_id, submitted_on
    from survey
    where
        days_before <= 365
        and (emotional_exhaustion_0_100 is not null or cynicism_0_100 is not null)
    qualify row_number() over (
        partition by agent_key
        order by submitted_on desc nulls last, response_id desc nulls last
    ) = 1
),

older as (
    select survey.*
    from survey
    left join weighted_by on weighted_by.agent_key = survey.agent_key
    where
        survey.submitted_on < weighted_by.submitted_on
        or (weighted_by.agent_key is null and survey.days_before > 365)
),

answered_scale as (
    select agent_key, response_id, submitted_on,
        'emotional_exhaustion' as outcome, emotional_exhaustion_0_100 as score
    from older
    union all
    select agent_key, response_id, submitted_on, 'cynicism' as outcome, cynicism_0_100 as score
    from older
    union all
    select agent_key, response_id, submitted_on,
        'compassion_satisfaction' as outcome, compassion_satisfaction_0_100 as score
    from survey
    where days_before <= 365
    union all
    select agent_key, response_id, submitted_on, 'morale' as outcome, morale_0_10 as score
    from survey
    where days_before <= 365
),

newest_answer as (
    select agent_key, outcome, score as numerator, cast(1 as double) as denominator
    from answered_scale
    where score is not null
    qualify row_number() over (
        partition by agent_key, outcome
        order by submitted_on desc nulls last, response_id desc nulls last
    ) = 1
),

absence as (
    select
        episode.agent_key,
        'unplanned_absence' as outcome,
        sum(
            case
                when kind.is_unplanned then coalesce(cast(shift.absent_hours as double), 0)
                else 0
            end
        ) as numerator,
        sum(cast(shift.scheduled_hours as double)) as denominator
    from episode
    inner join staging.shifts as shift
        on shift.employee_id = episode.employee_id
        and date_diff('day', shift.shift_date, episode.day_0) between 91 and 270
    left join marts.absence_type as kind on kind.absence_type = shift.absence_type
    group by episode.agent_key
),

earlier_week as (
    select
        episode.agent_key,
        cast(week.quality_score as double) as quality_score,
        cast(week.csat_mean as double) as csat_mean,
        cast(coalesce(week.csat_responses, 1) as double) as csat_weight
    from episode
    inner join staging.performance as week
        on week.employee_id = episode.employee_id
        and date_diff('day', week.week_start, episode.day_0) between 57 and 168
),

satisfaction as (
    select
        agent_key,
        'customer_satisfaction' as outcome,
        sum(csat_mean * csat_weight) / nullif(sum(csat_weight), 0) as numerator,
        cast(1 as double) as denominator
    from earlier_week
    where csat_mean is not null and csat_weight > 0
    group by agent_key
),

quality as (
    select
        agent_key,
        'quality_score' as outcome,
        avg(quality_score) as numerator,
        cast(1 as double) as denominator
    from earlier_week
    where quality_score is not null
    group by agent_key
),

observed as (
    select * from newest_answer
    union all
    select * from absence where denominator > 0
    union all
    select * from satisfaction
    union all
    select * from quality
),

-- Sums run side by side in no fixed order; nine decimals let equal data give equal rows.
placebo_outcome as (
    select
        agent_key,
        outcome,
        true as is_window_complete,
        round(numerator, 9) as numerator,
        round(denominator, 9) as denominator
    from observed
)

select * from placebo_outcome
