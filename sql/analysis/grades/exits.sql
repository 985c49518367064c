-- grades/exits: one row, how many exits there are and how many of them lack something.
-- A row set aside and mended since, under the same key, isn't missing.
with delivered_exit as (
    select employee_id, separation_date
    from staging.attrition
    union all
    select employee_id, separation_date
    from ledger.aside_attrition
),

set_aside as (
    select distinct
        trim(coalesce(delivered.employee_id, '')) as employee_id,
        coalesce(delivered.separation_date, '') as separation_date,
        coalesce(cell.column_name = 'separation_type', false) as is_without_kind
    from raw.attrition as delivered
    inner join ledger.file as file
        on file.file_id = delivered.file_id and file.status = 'loaded'
    left join ledger.rejected_cell as cell
        on cell.file_id = delivered.file_id and cell.line_number = delivered.line_number
    left join delivered_exit as mended
        on mended.employee_id = trim(delivered.employee_id)
        and mended.separation_date = coalesce(
            try_cast(delivered.separation_date as date), mended.separation_date
        )
    where delivered.is_quarantined and mended.employee_id is null
),

without_kind as (
    select distinct episode.agent_key
    from set_aside
    inner join staging.pseudonym as pseudonym on pseudonym.employee_id = set_aside.employee_id
    inner join marts.coaching_episode as episode on episode.agent_key = pseudonym.person_key
    where set_aside.is_without_kind and episode.exit_type is null
),

since_roster as (
    select leaving.employee_id, leaving.separation_date
    from delivered_exit as leaving
    cross join staging.study_setting as setting
    where
        leaving.separation_date <= setting.data_until
        and leaving.separation_date >= (select min(effective_date) from staging.roster)
),

counted as (
    select
        (select count(exit_type) from marts.coaching_episode) as n_in_comparison,
        (select count(*) from marts.coaching_episode where exit_type = 'other') as n_other,
        (select count(*) from without_kind) as n_without_kind,
        (select count(*) from delivered_exit) as n_accepted,
        (select count(*) from (select distinct employee_id, separation_date from set_aside))
            as n_set_aside,
        (select count(*) from since_roster) as n_since_roster,
        (
            select count(*) from since_roster
            where employee_id not in (select employee_id from staging.roster)
        ) as n_unknown
)

select * from counted
