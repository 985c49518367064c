-- marts.coaching_episode: one row per agent in the analysis, with what was known before day 0.
-- Every baseline column looks at days before day 0 only: a performance week counts when it was
-- over by day 0, a survey or session on day 0 itself is not "prior".
with entrant as (
    select
        candidate.*,
        pseudonym.employee_id
    from marts.trial_candidate as candidate
    inner join staging.pseudonym as pseudonym on pseudonym.person_key = candidate.agent_key
    where candidate.exclusion is null
),

prior_session as (
    select
        entrant.employee_id,
        count(*) as prior_session_count
    from entrant
    inner join staging.coaching_sessions as session
        on session.employee_id = entrant.employee_id
        and cast(session.started_at as date) < entrant.day_0
    group by entrant.employee_id
),

-- The whole weeks among the 56 days before day 0; a later week would hold days after it.
prior_week as (
    select
        entrant.employee_id,
        date_diff('day', entrant.day_0, week.week_start) / cast(7 as double) as weeks_from_day_0,
        cast(week.quality_score as double) as quality_score,
        cast(week.csat_mean as double) as csat_mean,
        cast(coalesce(week.csat_responses, 1) as double) as csat_weight
    from entrant
    inner join staging.performance as week
        on week.employee_id = entrant.employee_id
        and date_diff('day', week.week_start, entrant.day_0) between 7 and 56
),

prior_quality as (
    select
        employee_id,
        avg(quality_score) as prior_quality_score_0_100,
        case
            when max(weeks_from_day_0) > min(weeks_from_day_0)
                then regr_slope(quality_score, weeks_from_day_0)
        end as prior_quality_slope_per_week
    from prior_week
    where quality_score is not null
    group by employee_id
),

prior_csat as (
    select
        employee_id,
        sum(csat_mean * csat_weight) / nullif(sum(csat_weight), 0) as prior_csat_mean_1_5
    from prior_week
    where csat_mean is not null
    group by employee_id
),

prior_absence as (
    select
        entrant.employee_id,
        sum(
            case
                when kind.is_unplanned then coalesce(cast(shift.absent_hours as double), 0)
                else 0
            end
        ) / nullif(sum(cast(shift.scheduled_hours as double)), 0) as prior_unplanned_absence_rate
    from entrant
    inner join staging.shifts as shift
        on shift.employee_id = entrant.employee_id
        and date_diff('day', shift.shift_date, entrant.day_0) between 1 and 90
    left join marts.absence_type as kind on kind.absence_type = shift.absence_type
    group by entrant.employee_id
),

-- The newest response that has at least one of the two scales, delivered or scored from items.
prior_survey as (
    select
        entrant.employee_id,
        survey.instrument as prior_survey_instrument,
        survey.emotional_exhaustion_0_100 as prior_emotional_exhaustion_0_100,
        survey.cynicism_0_100 as prior_cynicism_0_100
    from entrant
    inner join staging.fatigue_score as survey
        on survey.employee_id = entrant.employee_id
        and date_diff('day', survey.submitted_on, entrant.day_0) between 1 and 365
    where
        survey.emotional_exhaustion_0_100 is not null or survey.cynicism_0_100 is not null
    qualify row_number() over (
        partition by entrant.employee_id
        order by survey.submitted_on desc nulls last, survey.response_id desc nulls last
    ) = 1
),

-- Sums run side by side in no fixed order; nine decimals let equal data give equal rows.
episode as (
    select
        entrant.agent_key,
        entrant.coach_key,
        entrant.arm,
        entrant.day_0,
        entrant.follow_up_days,
        entrant.exit_type,
        entrant.site,
        entrant.team,
        entrant.role,
        entrant.employment_type,
        entrant.weekly_hours,
        entrant.tenure_days,
        entrant.trigger,
        cast(date_trunc('month', entrant.day_0) as date) as calendar_month,
        cast(coalesce(prior_session.prior_session_count, 0) as integer) as prior_session_count,
        round(prior_quality.prior_quality_score_0_100, 9) as prior_quality_score_0_100,
        round(prior_quality.prior_quality_slope_per_week, 9) as prior_quality_slope_per_week,
        round(prior_csat.prior_csat_mean_1_5, 9) as prior_csat_mean_1_5,
        round(prior_absence.prior_unplanned_absence_rate, 9) as prior_unplanned_absence_rate,
        prior_survey.prior_emotional_exhaustion_0_100,
        prior_survey.prior_cynicism_0_100,
        prior_survey.employee_id is null as is_prior_survey_missing,
        prior_survey.prior_survey_instrument
    from entrant
    left join prior_session on prior_session.employee_id = entrant.employee_id
    left join prior_quality on prior_quality.employee_id = entrant.employee_id
    left join prior_csat on prior_csat.employee_id = entrant.employee_id
    left join prior_absence on prior_absence.employee_id = entrant.employee_id
    left join prior_survey on prior_survey.employee_id = entrant.employee_id
)

select * from episode
