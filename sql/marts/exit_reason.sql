-- marts.exit_reason: one row per reason for leaving that enough agents share, over the last twelve whole
-- months. Words leave only where they read like a code that HR picks: short, without the marks of an
-- address or a number of a person, shared by enough leavers of several teams, so that they name nobody
-- and tell of no single team. Every other reason stands in 'reasons of few people, together', which is
-- nobody's code; HR's own 'other' is a reason like any. Counts are rounded on their way out.
-- One figure alone, or none with words of its own, isn't told: what is hidden would follow from all leavers.
with setting as (
    select
        min_group,
        min_coaches,
        'reasons of few people, together' as together
    from staging.study_setting
),

by_words as (
    select
        reason,
        count(*) as n_alike,
        count(distinct team) as n_teams
    from marts.recent_leaver
    where reason is not null
    group by reason
),

told_word as (
    select by_words.reason
    from by_words
    cross join setting
    where by_words.n_alike >= setting.min_group
        and by_words.n_teams >= setting.min_coaches
        and regexp_full_match(by_words.reason, '.{1,40}')
        and regexp_full_match(by_words.reason, '([^@0-9]|[0-9]{1,2}[^@0-9])*[0-9]{0,2}')
),

pooled as (
    select
        case
            when leaver.reason is null then 'not recorded'
            when told_word.reason is not null then leaver.reason
            else setting.together
        end as reason,
        leaver.first_month,
        leaver.last_month,
        setting.min_group,
        setting.together,
        count(*) as n_exits,
        sum(count(leaver.reason)) over () as n_told
    from marts.recent_leaver as leaver
    cross join setting
    left join told_word on told_word.reason = leaver.reason
    group by all
),

judged as (
    select
        *,
        n_exits >= min_group as is_enough,
        sum(case when n_exits >= min_group then 1 else 0 end) over () as n_enough,
        sum(case when reason not in (together, 'not recorded') then 1 else 0 end) over () as n_with_words
    from pooled
    where n_told > 0
),

decided as (
    select
        *,
        is_enough and n_enough > 1 and n_with_words > 0 as is_shown
    from judged
),

exit_reason as (
    select
        case when is_shown or reason = 'not recorded' then reason else together end as reason,
        min(first_month) as first_month,
        min(last_month) as last_month,
        cast(min(case when is_shown then n_exits end) as integer) as n_exits,
        min(case when is_shown then 'shown' else 'suppressed' end) as status
    from decided
    group by case when is_shown or reason = 'not recorded' then reason else together end
)

select * from exit_reason
