-- marts.episode_quality: one row per coaching_episode and window after day 0, with the mean quality
-- score of the whole weeks in it. Private.
-- Windows of two weeks end 2, 4, 8, 12 and 26 weeks after day 0; windows of 30 days end on days 30,
-- 60 and 90. A week counts when all of it lies in the window and before the exit. The score is NULL
-- where no such week was scored. `is_window_complete` says whether the window was over by the end of
-- data, leaving aside exits. `quality_change` is the score minus that of the 56 days before day 0.
with episode as (
    select
        entrant.agent_key,
        entrant.day_0,
        entrant.follow_up_days,
        entrant.prior_quality_score_0_100,
        pseudonym.employee_id,
        date_diff('day', entrant.day_0, setting.data_until) as days_to_end
    from marts.coaching_episode as entrant
    cross join staging.study_setting as setting
    inner join staging.pseudonym as pseudonym on pseudonym.person_key = entrant.agent_key
),

outcome_window as (
    select *
    from (
        values (1, 14), (15, 28), (43, 56), (71, 84), (169, 182), (1, 30), (31, 60), (61, 90)
    ) as span (first_day, last_day)
),

-- A week that begins on day d ends on day d + 6, which must come before or on the last day.
week as (
    select
        episode.agent_key,
        cast(performance.quality_score as double) as quality_score,
        date_diff('day', episode.day_0, performance.week_start) as first_day_of_week
    from episode
    inner join staging.performance as performance
        on performance.employee_id = episode.employee_id
        and date_diff('day', episode.day_0, performance.week_start)
            between 1 and least(182, episode.follow_up_days) - 6
    where performance.quality_score is not null
),

scored as (
    select
        week.agent_key,
        outcome_window.first_day,
        outcome_window.last_day,
        count(*) as n_weeks,
        avg(week.quality_score) as quality_score_0_100
    from week
    inner join outcome_window
        on week.first_day_of_week
            between outcome_window.first_day and outcome_window.last_day - 6
    group by week.agent_key, outcome_window.first_day, outcome_window.last_day
),

-- Sums run side by side in no fixed order; nine decimals let equal data give equal rows.
episode_quality as (
    select
        episode.agent_key,
        outcome_window.first_day,
        outcome_window.last_day,
        episode.days_to_end >= outcome_window.last_day as is_window_complete,
        cast(coalesce(scored.n_weeks, 0) as integer) as n_weeks,
        round(scored.quality_score_0_100, 9) as quality_score_0_100,
        round(scored.quality_score_0_100 - episode.prior_quality_score_0_100, 9) as quality_change
    from episode
    cross join outcome_window
    left join scored
        on scored.agent_key = episode.agent_key
        and scored.first_day = outcome_window.first_day
        and scored.last_day = outcome_window.last_day
)

select * from episode_quality
