-- marts.trial_month: one row per agent in the analysis and month of follow-up. Private.
-- A month is 30 days: month 1 holds days 1 to 30 after day 0; the last ends with the follow-up.
-- `other_arm_day` is the first day in the month, counted from day 0, with a session of the arm that
-- the agent wasn't in on day 0; NULL without one. The columns `known_*` say what was known when the
-- month began: the values of the month before, for month 1 those before day 0. A performance week
-- belongs to the month in which it ends.
with entrant as (
    select
        episode.agent_key,
        pseudonym.employee_id,
        episode.arm,
        episode.day_0,
        episode.follow_up_days,
        episode.prior_quality_score_0_100,
        episode.prior_unplanned_absence_rate
    from marts.coaching_episode as episode
    inner join staging.pseudonym as pseudonym on pseudonym.person_key = episode.agent_key
),

calendar as (
    select
        entrant.agent_key,
        cast(series.month_number as integer) as month_number,
        cast(least(30 * series.month_number, entrant.follow_up_days) as integer) as last_day,
        entrant.prior_quality_score_0_100,
        entrant.prior_unplanned_absence_rate
    from entrant
    cross join unnest(
        generate_series(
            1, greatest(cast(ceil(entrant.follow_up_days / cast(30 as double)) as bigint), 1)
        )
    ) as series (month_number)
    where entrant.follow_up_days > 0
),

session_day as (
    select
        entrant.agent_key,
        date_diff('day', entrant.day_0, session.session_date) as day,
        session.arm <> entrant.arm as is_other_arm
    from entrant
    inner join marts.coaching_session as session
        on session.agent_key = entrant.agent_key
        and date_diff('day', entrant.day_0, session.session_date)
            between 1 and entrant.follow_up_days
),

session_month as (
    select
        agent_key,
        cast(ceil(day / cast(30 as double)) as integer) as month_number,
        count(*) as n_sessions,
        min(case when is_other_arm then day end) as other_arm_day
    from session_day
    group by agent_key, cast(ceil(day / cast(30 as double)) as integer)
),

quality_week as (
    select
        entrant.agent_key,
        date_diff('day', entrant.day_0, week.week_start) + 6 as day,
        cast(week.quality_score as double) as quality_score
    from entrant
    inner join staging.performance as week
        on week.employee_id = entrant.employee_id
        and date_diff('day', entrant.day_0, week.week_start)
            between -5 and entrant.follow_up_days - 6
),

quality_month as (
    select
        agent_key,
        cast(ceil(day / cast(30 as double)) as integer) as month_number,
        avg(quality_score) as quality_score_0_100
    from quality_week
    group by agent_key, cast(ceil(day / cast(30 as double)) as integer)
),

shift_day as (
    select
        entrant.agent_key,
        date_diff('day', entrant.day_0, shift.shift_date) as day,
        cast(shift.scheduled_hours as double) as scheduled_hours,
        case
            when kind.is_unplanned then coalesce(cast(shift.absent_hours as double), 0)
            else 0
        end as unplanned_hours
    from entrant
    inner join staging.shifts as shift
        on shift.employee_id = entrant.employee_id
        and date_diff('day', entrant.day_0, shift.shift_date)
            between 1 and entrant.follow_up_days
    left join marts.absence_type as kind on kind.absence_type = shift.absence_type
),

absence_month as (
    select
        agent_key,
        cast(ceil(day / cast(30 as double)) as integer) as month_number,
        sum(unplanned_hours) / nullif(sum(scheduled_hours), 0) as unplanned_absence_rate
    from shift_day
    group by agent_key, cast(ceil(day / cast(30 as double)) as integer)
),

-- Averages run side by side in no fixed order; nine decimals let equal data give equal rows.
joined as (
    select
        calendar.*,
        coalesce(session.n_sessions, 0) as n_sessions,
        session.other_arm_day,
        round(quality.quality_score_0_100, 9) as quality_score_0_100,
        round(absence.unplanned_absence_rate, 9) as unplanned_absence_rate
    from calendar
    left join session_month as session
        on session.agent_key = calendar.agent_key
        and session.month_number = calendar.month_number
    left join quality_month as quality
        on quality.agent_key = calendar.agent_key
        and quality.month_number = calendar.month_number
    left join absence_month as absence
        on absence.agent_key = calendar.agent_key
        and absence.month_number = calendar.month_number
),

trial_month as (
    select
        agent_key,
        month_number,
        last_day,
        cast(other_arm_day as integer) as other_arm_day,
        case
            when month_number = 1 then prior_quality_score_0_100
            else lag(quality_score_0_100) over (partition by agent_key order by month_number)
        end as known_quality_score_0_100,
        case
            when month_number = 1 then prior_unplanned_absence_rate
            else lag(unplanned_absence_rate) over (partition by agent_key order by month_number)
        end as known_unplanned_absence_rate,
        cast(
            coalesce(lag(n_sessions) over (partition by agent_key order by month_number), 1)
            as integer
        ) as known_n_sessions
    from joined
)

select * from trial_month
