-- site/rows_set_aside: one row per source, rule and column, over all files; the most first.
-- Rows aren't people, so small counts are told. An answer of a survey in which fewer than $min_group
-- rows broke a rule isn't named: such a row says something of one person. $survey_facts are the
-- columns of the survey that hold no answer.
with by_column as (
    select
        source,
        rule,
        coalesce(column_name, 'the whole line') as column_name,
        coalesce(sum(n_rows), 0) as n_rows
    from quality.quarantine_summary
    group by all
),

named as (
    select
        source,
        rule,
        case
            when n_rows >= $min_group then column_name
            when source <> 'fatigue_surveys' then column_name
            when list_contains($survey_facts, column_name) then column_name
            else $answer
        end as column_name,
        n_rows
    from by_column
),

added as (
    select
        source,
        rule,
        column_name,
        cast(sum(n_rows) as bigint) as n_rows
    from named
    group by all
)

select * from added
order by n_rows desc, source, rule, column_name
