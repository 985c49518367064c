-- marts.group_month: one row per group of agents and month: everybody, each site, each kind of first
-- session. Private; all_month, site_month and arm_month are made of it. Headcounts are people at the
-- end of a month; opening is the closing of the month before, wherever they stood then. The groups of
-- the arms begin with the first session, and what is measured of them in the month after it. Rows
-- and figures about too few people or coaches are empty, and say so: of a group that opens or closes
-- the month with a few, the whole row, for the headcounts follow from its other counts; of one that opens
-- or closes it with nobody, all but plain facts, for everybody in it is known. Where months of a
-- quarter are empty because few were hired in them, the quarter's row in hire_quarter less the other
-- months would tell of these few: another month of it is empty, too. How many sessions were of either
-- kind is empty where few people or coaches stand on either side of one. Whether it is told how
-- people left hangs on how many did, never on how. The spreads stay private.
with setting as (
    select
        data_until,
        arm_a,
        arm_b,
        min_group,
        min_coaches,
        min_leavers,
        is_exit_kind_open
    from staging.study_setting
),

placed as (
    select
        employed.employee_id,
        agent.*,
        calendar.month_end,
        calendar.observed_from_month,
        employed.is_employed_before,
        employed.hire_date,
        employed.hire_date between employed.month and calendar.month_end as is_hired,
        employed.last_employed_day = calendar.counted_until
            and (employed.exit_date is null or employed.exit_date < calendar.counted_until)
            as is_closing,
        calendar.counted_until,
        entry.arm,
        entry.coach_key,
        entry.day_0
    from marts.employed_month as employed
    inner join marts.dim_month as calendar on calendar.month = employed.month
    inner join staging.pseudonym as pseudonym on pseudonym.employee_id = employed.employee_id
    inner join marts.agent_month as agent
        on agent.agent_key = pseudonym.person_key and agent.month = employed.month
    left join marts.coaching_episode as entry on entry.agent_key = agent.agent_key
),

member as (
    select placed.*, 'all' as scope, 'all' as scope_value, true as is_measured
    from placed
    union all
    select placed.*, 'site' as scope, placed.site as scope_value, true as is_measured
    from placed
    where placed.site is not null
    union all
    select
        placed.*,
        'arm' as scope,
        placed.arm as scope_value,
        placed.day_0 < placed.month as is_measured
    from placed
    where placed.day_0 <= placed.month_end
),

coached as (
    select distinct
        calendar.month,
        session.employee_id
    from marts.dim_month as calendar
    inner join staging.coaching_sessions as session
        on date_diff('day', cast(session.started_at as date), calendar.counted_until)
        between 0 and 29
),

month_coach as (
    select
        member.scope,
        member.scope_value,
        member.month,
        count(distinct session.coach_id) as n_coaches,
        count(distinct case when session.style = setting.arm_a then session.coach_id end)
            as n_coaches_arm_a,
        count(distinct case when session.style = setting.arm_b then session.coach_id end)
            as n_coaches_arm_b,
        count(distinct case when session.style = setting.arm_a then null else session.coach_id end)
            as n_coaches_but_a,
        count(distinct case when session.style = setting.arm_b then null else session.coach_id end)
            as n_coaches_but_b
    from member
    inner join staging.coaching_sessions as session
        on session.employee_id = member.employee_id
        and cast(session.started_at as date) between member.month and member.counted_until
    cross join setting
    group by member.scope, member.scope_value, member.month
),

left_early as (
    select
        employee_id,
        month
    from marts.starter
    where days_to_exit <= 90
),

summed as (
    select
        member.scope,
        member.scope_value,
        member.month,
        member.month_end,
        member.observed_from_month,
        count(*) as n_people,
        sum(cast(member.is_employed_before as integer)) as n_employed_before,
        sum(cast(member.is_closing as integer)) as n_closing,
        sum(cast(member.is_hired as integer)) as n_hires,
        sum(cast(member.day_0 between member.month and member.month_end as integer)) as n_entered,
        count(member.exit_type) as n_exits,
        sum(case when member.exit_type = 'voluntary' then 1 else 0 end) as n_voluntary_exits,
        sum(case when member.exit_type = 'involuntary' then 1 else 0 end) as n_involuntary_exits,
        sum(case when member.is_hired and early.employee_id is not null then 1 else 0 end)
            as n_left_early,
        sum(case when member.is_closing and coached.employee_id is not null then 1 else 0 end)
            as n_coached_lately,
        sum(member.n_sessions) as n_sessions,
        sum(member.n_sessions_arm_a) as n_sessions_arm_a,
        sum(member.n_sessions_arm_b) as n_sessions_arm_b,
        sum(case when member.n_sessions_arm_a > 0 then 1 else 0 end) as n_people_arm_a,
        sum(case when member.n_sessions_arm_b > 0 then 1 else 0 end) as n_people_arm_b,
        sum(case when member.n_sessions > member.n_sessions_arm_a then 1 else 0 end)
            as n_people_but_a,
        sum(case when member.n_sessions > member.n_sessions_arm_b then 1 else 0 end)
            as n_people_but_b,
        count(distinct member.coach_key) as n_first_coaches,
        count(case when member.is_measured and member.scheduled_hours > 0 then 1 end) as n_scheduled,
        sum(case when member.is_measured then member.scheduled_hours end) as scheduled_hours,
        sum(case when member.is_measured then member.unplanned_absence_hours end)
            as unplanned_absence_hours,
        sum(case when member.is_measured then member.sick_hours end) as sick_hours,
        stddev_pop(case when member.is_measured then member.unplanned_absence_rate end)
            as absence_spread,
        count(case when member.is_measured then response.agent_key end) as n_survey_respondents,
        avg(case when member.is_measured then response.emotional_exhaustion_0_100 end)
            as mean_emotional_exhaustion_0_100,
        stddev_pop(case when member.is_measured then response.emotional_exhaustion_0_100 end)
            as emotional_exhaustion_spread,
        count(case when member.is_measured then member.csat_mean_1_5 end) as n_csat,
        sum(
            case when member.is_measured then member.csat_mean_1_5
                * coalesce(member.csat_responses, 1) end
        ) / nullif(
            sum(
                case when member.is_measured and member.csat_mean_1_5 is not null
                    then coalesce(member.csat_responses, 1) end
            ), 0
        ) as csat_mean_1_5,
        stddev_pop(case when member.is_measured then member.csat_mean_1_5 end) as csat_spread,
        count(case when member.is_measured then member.handle_seconds end) as n_handled,
        sum(
            case when member.is_measured then member.handle_seconds
                * coalesce(member.contacts_handled, 1) end
        ) / nullif(
            sum(
                case when member.is_measured and member.handle_seconds is not null
                    then coalesce(member.contacts_handled, 1) end
            ), 0
        ) as handle_seconds,
        stddev_pop(case when member.is_measured then member.handle_seconds end) as handle_spread,
        count(case when member.is_measured then member.first_contact_resolution end) as n_resolved,
        sum(
            case when member.is_measured then member.first_contact_resolution
                * coalesce(member.contacts_handled, 1) end
        ) / nullif(
            sum(
                case when member.is_measured and member.first_contact_resolution is not null
                    then coalesce(member.contacts_handled, 1) end
            ), 0
        ) as first_contact_resolution,
        stddev_pop(case when member.is_measured then member.first_contact_resolution end)
            as resolution_spread
    from member
    left join marts.month_response as response
        on response.agent_key = member.agent_key and response.month = member.month
    left join coached on coached.employee_id = member.employee_id and coached.month = member.month
    left join left_early as early
        on early.employee_id = member.employee_id and early.month = member.month
    group by
        member.scope, member.scope_value, member.month, member.month_end, member.observed_from_month
),

opened as (
    select
        summed.*,
        case
            when summed.month = min(summed.month) over () and summed.scope <> 'arm'
                then summed.n_employed_before
            else coalesce(before.n_closing, 0)
        end as n_opening,
        coalesce(coach.n_coaches, 0) as n_month_coaches,
        least(
            case when summed.n_people_arm_a > 0 then coalesce(coach.n_coaches_arm_a, 0) end,
            case when summed.n_people_arm_b > 0 then coalesce(coach.n_coaches_arm_b, 0) end,
            case when summed.n_people_but_a > 0 then coalesce(coach.n_coaches_but_a, 0) end,
            case when summed.n_people_but_b > 0 then coalesce(coach.n_coaches_but_b, 0) end
        ) as n_coaches_of_fewest,
        least(
            nullif(summed.n_people_arm_a, 0), nullif(summed.n_people_arm_b, 0),
            nullif(summed.n_people_but_a, 0), nullif(summed.n_people_but_b, 0)
        ) as n_people_of_fewest,
        sum(summed.n_scheduled) over same_month as n_scheduled_anywhere,
        sum(summed.n_survey_respondents) over same_month as n_respondents_anywhere,
        sum(summed.n_csat) over same_month as n_csat_anywhere,
        sum(summed.n_handled) over same_month as n_handled_anywhere,
        sum(summed.n_resolved) over same_month as n_resolved_anywhere
    from summed
    left join summed as before
        on before.scope = summed.scope
        and before.scope_value = summed.scope_value
        and before.month = summed.month - interval 1 month
    left join month_coach as coach
        on coach.scope = summed.scope
        and coach.scope_value = summed.scope_value
        and coach.month = summed.month
    window same_month as (partition by summed.month)
),

gated as (
    select
        opened.*,
        opened.n_people >= setting.min_group
        and opened.n_opening not between 1 and setting.min_group - 1
        and opened.n_closing not between 1 and setting.min_group - 1
        and (opened.scope <> 'arm' or opened.n_first_coaches >= setting.min_coaches) as is_shown,
        opened.n_opening > 0 and opened.n_closing > 0 as is_there_throughout,
        opened.n_sessions = 0 or opened.n_month_coaches >= setting.min_coaches as has_coaches,
        coalesce(opened.n_people_of_fewest, setting.min_group) >= setting.min_group
        and coalesce(opened.n_coaches_of_fewest, setting.min_coaches) >= setting.min_coaches
            as are_session_kinds_many,
        opened.n_exits = 0
        or setting.is_exit_kind_open
        or (
            opened.n_exits >= setting.min_leavers
            and opened.n_opening > 0
            and opened.n_closing > 0
        ) as are_kinds_told,
        setting.min_group,
        setting.data_until
    from opened
    cross join setting
),

few_starters as (
    select
        *,
        n_hires > 0 and (not is_shown or n_hires < min_group) as are_starters_few,
        cast(date_trunc('quarter', month) as date) as hire_quarter
    from gated
),

quartered as (
    select
        *,
        sum(case when are_starters_few then n_hires else 0 end) over (
            partition by scope, scope_value, hire_quarter
        ) as n_hidden_starters,
        row_number() over (
            partition by scope, scope_value, hire_quarter
            order by case when are_starters_few or n_hires = 0 then 1 else 0 end, n_hires, month
        ) as starters_place
    from few_starters
),

judged as (
    select
        *,
        case when is_shown then 'shown' else 'suppressed' end as status,
        case when is_shown and are_kinds_told then 'shown' else 'suppressed' end as exits_status,
        case
            when scope = 'arm' or month < observed_from_month or observed_from_month is null
                then 'no_data'
            when not is_shown or are_starters_few then 'suppressed'
            when n_hires = 0 then 'no_data'
            when starters_place = 1
                and n_hidden_starters between 1 and min_group - 1
                and hire_quarter >= observed_from_month then 'suppressed'
            else 'shown'
        end as hires_status,
        case when is_shown and has_coaches then 'shown' else 'suppressed' end as sessions_status,
        case
            when is_shown and has_coaches and are_session_kinds_many then 'shown' else 'suppressed'
        end as session_kinds_status,
        case
            when n_scheduled_anywhere = 0 then 'no_data'
            when is_shown and is_there_throughout and n_scheduled >= min_group then 'shown'
            else 'suppressed'
        end as absence_status,
        case
            when n_respondents_anywhere = 0 then 'no_data'
            when is_shown and is_there_throughout and n_survey_respondents >= min_group then 'shown'
            else 'suppressed'
        end as survey_status,
        case
            when n_csat_anywhere = 0 then 'no_data'
            when is_shown and is_there_throughout and n_csat >= min_group then 'shown'
            else 'suppressed'
        end as csat_status,
        case
            when n_handled_anywhere = 0 then 'no_data'
            when is_shown and is_there_throughout and n_handled >= min_group then 'shown'
            else 'suppressed'
        end as handle_status,
        case
            when n_resolved_anywhere = 0 then 'no_data'
            when is_shown and is_there_throughout and n_resolved >= min_group then 'shown'
            else 'suppressed'
        end as resolution_status
    from quartered
),

reached as (
    select
        *,
        case
            when hires_status <> 'no_data' and date_diff('day', month_end, data_until) < 90
                then 'too_early'
            else hires_status
        end as starters_status
    from judged
),

group_month as (
    select
        scope,
        scope_value,
        month,
        observed_from_month,
        cast(case when is_shown then n_people end as integer) as n_people,
        cast(case when is_shown then n_opening end as integer) as n_opening,
        cast(case when is_shown then n_hires end as integer) as n_hires,
        cast(case when is_shown and scope = 'arm' then n_entered end as integer) as n_entered,
        cast(case when is_shown then n_exits end as integer) as n_exits,
        cast(case when is_shown
            then n_closing - n_opening - (case when scope = 'arm' then n_entered else n_hires end)
                + n_exits
        end as integer) as n_net_moves,
        cast(case when is_shown then n_closing end as integer) as n_closing,
        case when is_shown then (n_opening + n_closing) / cast(2 as double) end
            as average_headcount,
        cast(case when exits_status = 'shown' then n_voluntary_exits end as integer)
            as n_voluntary_exits,
        cast(case when exits_status = 'shown' then n_involuntary_exits end as integer)
            as n_involuntary_exits,
        cast(case when starters_status = 'shown' then n_left_early end as integer)
            as n_left_early,
        case when absence_status = 'shown' then scheduled_hours end as scheduled_hours,
        case when absence_status = 'shown' then unplanned_absence_hours end
            as unplanned_absence_hours,
        case when absence_status = 'shown' then sick_hours end as sick_hours,
        case when absence_status = 'shown' then unplanned_absence_hours / nullif(scheduled_hours, 0) end
            as unplanned_absence_rate,
        cast(case when survey_status = 'shown' then n_survey_respondents end as integer)
            as n_survey_respondents,
        case when survey_status = 'shown' then mean_emotional_exhaustion_0_100 end
            as mean_emotional_exhaustion_0_100,
        case when csat_status = 'shown' then csat_mean_1_5 end as csat_mean_1_5,
        case when handle_status = 'shown' then handle_seconds end as handle_seconds,
        case when resolution_status = 'shown' then first_contact_resolution end
            as first_contact_resolution,
        cast(case when sessions_status = 'shown' then n_sessions end as integer) as n_sessions,
        cast(case when session_kinds_status = 'shown' then n_sessions_arm_a end as integer)
            as n_sessions_arm_a,
        cast(case when session_kinds_status = 'shown' then n_sessions_arm_b end as integer)
            as n_sessions_arm_b,
        cast(case when sessions_status = 'shown' then n_coached_lately end as integer)
            as n_coached_lately,
        status,
        exits_status,
        starters_status,
        absence_status,
        survey_status,
        csat_status,
        handle_status,
        resolution_status,
        sessions_status,
        session_kinds_status,
        hires_status,
        n_scheduled,
        n_csat,
        n_handled,
        n_resolved,
        absence_spread,
        emotional_exhaustion_spread,
        csat_spread,
        handle_spread,
        resolution_spread
    from reached
)

select * from group_month
