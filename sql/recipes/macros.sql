-- What every recipe may use. A text that can't be read is never dropped: it comes back behind a
-- question mark, breaks a rule of the contract, and is told with its file and line.

-- PEOPLE -----------------------------------------------------------------------------------------

-- The employee whom a system knows by an identifier (`people`; system 'employee_id': the roster's
-- own). Capitals and blanks around it don't matter. Nobody is told as such, per system.
create macro employee_of(of_system, theirs) as case
    when nullif(trim(theirs), '') is not null then coalesce(
        (
            select known.employee_id
            from people as known
            where known.system = of_system and known.other_id = lower(trim(theirs))
        ),
        chr(31) || of_system || chr(31) || theirs
    )
end;

-- The employee whom a system knows by an identifier; NULL where it knows nobody.
create macro employee_if_known(of_system, theirs) as (
    select known.employee_id
    from people as known
    where known.system = of_system and known.other_id = lower(trim(theirs))
);

-- The employee whose identifier is this one but for leading zeros, where exactly one has it.
create macro employee_without_zeros(theirs) as case
    when nullif(trim(theirs), '') is not null then coalesce(
        (
            select known.employee_id
            from people as known
            where known.system = 'employee_id' and known.other_id = lower(trim(theirs))
        ),
        (
            select min(known.employee_id)
            from people as known
            where known.system = 'employee_id'
                and ltrim(known.other_id, '0') = ltrim(lower(trim(theirs)), '0')
            having count(*) = 1
        ),
        chr(31) || 'employee_id' || chr(31) || theirs
    )
end;

-- DAYS AND TIMES ---------------------------------------------------------------------------------

-- A moment by a format such as '%m/%d/%Y %I:%M %p' (or a list of them); NULL where it has none.
-- A cell that a workbook has as a date is read in whatever format the recipe expects of texts.
create macro moment(said, formats) as coalesce(
    try_strptime(trim(said), formats),
    case
        when regexp_full_match(
            trim(said), '[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]+)?)?'
        ) then try_cast(trim(said) as timestamp)
    end
);

-- The day, as the contract reads it. `said` may have a time; the formats say how it is written.
create macro day_of(said, formats) as case
    when nullif(trim(said), '') is not null then coalesce(
        strftime(moment(said, formats), '%Y-%m-%d'), '? ' || said
    )
end;

-- The day and the time of day, as the contract reads them.
create macro time_of(said, formats) as case
    when nullif(trim(said), '') is not null then coalesce(
        strftime(moment(said, formats), '%Y-%m-%dT%H:%M:%S'), '? ' || said
    )
end;

-- A time with its offset (2024-11-04T10:05:00Z) as the day by the workspace's clock.
create macro local_day(said) as case
    when nullif(trim(said), '') is not null then coalesce(
        strftime(cast(try_cast(trim(said) as timestamptz) as timestamp), '%Y-%m-%d'), '? ' || said
    )
end;

-- A time with its offset (…Z, …+01:00) as day and time by the workspace's clock; without one it stays.
create macro local_time(said) as case
    when nullif(trim(said), '') is not null then coalesce(
        strftime(
            cast(
                try_cast(regexp_replace(trim(said), ' ([+-][0-9:]+|Z)$', '\1') as timestamptz)
                as timestamp
            ),
            '%Y-%m-%dT%H:%M:%S'
        ),
        '? ' || said
    )
end;

-- The Monday of the week that a day (as the contract reads it) lies in.
create macro week_of(day_text) as coalesce(
    strftime(date_trunc('week', try_cast(left(day_text, 10) as date)), '%Y-%m-%d'), day_text
);

-- Excel's number of a day (45296) as the day; a text that is no such number stays.
create macro day_of_serial(said) as case
    when regexp_full_match(trim(said), '[1-9][0-9]{4}([.]0*)?')
        then strftime(date '1899-12-30' + cast(cast(trim(said) as double) as integer), '%Y-%m-%d')
    else said
end;

-- Seconds or milliseconds since 1970 (1730714700) as the day by the workspace's clock.
create macro day_of_epoch(said) as case
    when nullif(trim(said), '') is not null then coalesce(
        strftime(
            cast(make_timestamptz(
                try_cast(trim(said) as bigint) * case length(trim(said)) when 10 then 1000000 when 13 then 1000 end
            ) as timestamp),
            '%Y-%m-%d'
        ),
        '? ' || said
    )
end;

-- Hours or minutes from one moment to another (see `moment`).
create macro hours_between(first, last) as date_diff('second', first, last) / 3600.0;
create macro minutes_between(first, last) as date_diff('second', first, last) / 60.0;

-- NUMBERS WITH UNITS -----------------------------------------------------------------------------

-- 7:45, 7:45:00, 0:05:12.5, -7:30, 7h 45m, PT7H45M, 7.75 h, 465 min, 7.75 as hours; anything else as `said`, to be told.
create macro hours_of(said) as case
    when regexp_full_match(trim(said), '[+-]?[0-9]+:[0-5][0-9](:[0-5][0-9]([.][0-9]{1,6})?)?') then cast(
        round(
            (case when trim(said) like '-%' then -1 else 1 end) * (
                abs(cast(split_part(trim(said), ':', 1) as double))
                + cast(split_part(trim(said), ':', 2) as double) / 60
                + coalesce(cast(nullif(split_part(trim(said), ':', 3), '') as double), 0) / 3600
            ),
            6
        ) as varchar
    )
    when regexp_full_match(lower(trim(said)), '(pt)?[0-9]+ ?h(ours?|rs?)? ?[0-9]{1,2} ?m(in(s|utes?)?)?')
        then cast(
            cast(regexp_extract(trim(said), '[0-9]+') as double)
            + cast(regexp_extract(trim(said), '([0-9]+)[^0-9]*$', 1) as double) / 60 as varchar
        )
    when regexp_full_match(trim(said), '[+-]?[0-9]+([.][0-9]+)? ?min(s|utes?)?')
        then cast(cast(regexp_extract(trim(said), '[+-]?[0-9.]+') as double) / 60 as varchar)
    when regexp_full_match(trim(said), '[+-]?[0-9]+([.][0-9]+)? ?h(ours?|rs?)?')
        then regexp_extract(trim(said), '[+-]?[0-9.]+')
    else said
end;

-- A number with a unit behind it (63.1%, 12 USD) without the unit; anything else as `said`.
create macro number_with_unit(said, unit) as case
    when regexp_full_match(
        trim(said), '[+-]?[0-9]+([.][0-9]+)?[ \x{00a0}]?' || regexp_escape(unit)
    ) then regexp_extract(trim(said), '[+-]?[0-9]+([.][0-9]+)?')
    else said
end;

-- A number by its decimal mark, marks of thousands left out (1.234,5 by ','); else behind a question mark.
create macro number_of(said, decimal_mark) as case
    when nullif(trim(said), '') is not null then case
        when regexp_full_match(
            trim(said),
            '[+-]?([0-9]+|[0-9]{1,3}([ ''’\x{00a0}\x{202f}' || case decimal_mark when ',' then '.' else ',' end
                || '][0-9]{3})+)([' || decimal_mark || '][0-9]+)?'
        ) then replace(
            regexp_replace(trim(said), '[^0-9+' || decimal_mark || '-]', '', 'g'), decimal_mark, '.'
        )
        else '? ' || said
    end
end;

-- Seconds of a time by the clock, 5:12 (minutes first), 0:05:12.5 or 312 s; else behind a question mark.
create macro seconds_of(said) as case
    when nullif(trim(said), '') is not null then case
        when regexp_full_match(trim(said), '([0-9]+:)?[0-9]+:[0-5]?[0-9]([.][0-9]{1,6})?') then cast(
            round(list_reduce(
                list_transform(string_split(trim(said), ':'), lambda part: cast(part as double)),
                lambda total, part: total * 60 + part
            ), 6) as varchar
        )
        when regexp_full_match(lower(trim(said)), '[0-9]+([.][0-9]+)? ?s(ec(onds?|s)?)?')
            then regexp_extract(trim(said), '[0-9.]+')
        else '? ' || said
    end
end;

-- Milliseconds as seconds; anything else as `said`.
create macro seconds_of_ms(said) as case
    when regexp_full_match(trim(said), '[0-9]+([.][0-9]+)?')
        then cast(cast(trim(said) as double) / 1000 as varchar)
    else said
end;

-- Whether a number is at least so large, as true or false; anything else as `said`.
create macro at_least(said, least) as
    coalesce(cast(try_cast(trim(said) as double) >= least as varchar), said);

-- WORDS ------------------------------------------------------------------------------------------

-- yes, no, y, n, true, false, 1, 0, x as true and false; anything else as `said`.
create macro yes_no(said) as case
    when lower(trim(said)) in ('yes', 'y', 'true', '1', 'x', 'ja', 'oui', 'si', 'sí') then 'true'
    when lower(trim(said)) in ('no', 'n', 'false', '0', 'nein', 'non') then 'false'
    else said
end;

-- The first sentence or line of a label; `first_part` up to a mark such as ' > '.
create macro first_sentence(said) as trim(regexp_extract(said, '^[^\n.!?]*[.!?]?'));
create macro first_part(said, mark) as trim(split_part(said, mark, 1));
create macro last_part(said, mark) as trim(list_last(string_split(said, mark)));

-- 'Last, First' as 'first last', for looking people up by name; other names in small letters.
create macro name_of(said) as case
    when contains(said, ', ') and not regexp_matches(said, ', (Jr|Sr)[.]?$')
        then lower(trim(regexp_extract(said, '^(.*), ([^,]*)$', 2)) || ' '
            || trim(regexp_extract(said, '^(.*), ([^,]*)$', 1)))
    else lower(trim(said))
end;

-- The role by words in a job title (lists of words parted by |); another title stays.
create macro role_of(title, agent_words, coach_words, manager_words) as case
    when regexp_matches(lower(title), coach_words) then 'coach'
    when regexp_matches(lower(title), agent_words) then 'agent'
    when regexp_matches(lower(title), manager_words) then 'manager'
    else lower(trim(title))
end;

-- full_time, part_time or temporary, whether parted by a blank, a hyphen or an underscore.
create macro employment_type_of(said) as regexp_replace(lower(trim(said)), '[ _-]+', '_', 'g');

-- The code in 'Leeds (LEE01)', and the name before it.
create macro code_in_brackets(said) as nullif(regexp_extract(said, '[(]([^()]*)[)]\s*$', 1), '');
create macro name_before_brackets(said) as trim(regexp_replace(said, '\s*[(][^()]*[)]\s*$', ''));

-- Agreement in words as 1 (strongly agree) to 4 (strongly disagree); anything else as `said`.
create macro agreement_1_to_4(said) as case lower(trim(said))
    when 'strongly agree' then '1'
    when 'agree' then '2'
    when 'disagree' then '3'
    when 'strongly disagree' then '4'
    else said
end;

-- Agreement in 4, 5 or 7 steps, in words or as 1 to `steps`, from 0 (strongly disagree) to 100.
-- Of five steps the second is called `disagree` or `somewhat disagree`; anything else as `said`.
create macro agreement_0_100(said, steps) as coalesce(
    cast(round(
        100.0 * (
            case
                when try_cast(trim(said) as integer) between 1 and steps
                    then cast(trim(said) as integer)
                when regexp_full_match(lower(trim(said)), '(strongly|completely|totally) disagree') then 1
                when regexp_full_match(lower(trim(said)), '(strongly|completely|totally) agree') then steps
                when regexp_full_match(
                    lower(trim(said)),
                    '(neither agree (nor|or) disagree|neutral|neither|undecided|unsure)'
                ) and steps % 2 = 1 then (steps + 1) / 2
                when steps = 7 and lower(trim(said)) = 'disagree' then 2
                when steps = 7 and lower(trim(said)) = 'agree' then 6
                when regexp_full_match(lower(trim(said)), '((somewhat|slightly|rather) )?disagree')
                    then case steps when 7 then 3 else 2 end
                when regexp_full_match(lower(trim(said)), '((somewhat|slightly|rather) )?agree')
                    then case steps when 7 then 5 else steps - 1 end
            end - 1
        ) / (steps - 1),
        6
    ) as varchar),
    said
);

-- An item that is meant the other way round, on a scale from `lowest` to `highest`.
create macro reversed_item(said, lowest, highest) as
    coalesce(cast(lowest + highest - try_cast(trim(said) as double) as varchar), said);

-- The mean of several numbers, empty ones left aside; where one is no number, that one, to be told.
create macro mean_of(items) as coalesce(
    list_filter(items, lambda item: item is not null and try_cast(item as double) is null)[1],
    cast(list_avg(list_transform(items, lambda item: try_cast(item as double))) as varchar)
);

-- How often, in words or as 1 to 5, on a scale from 0 (never) to 100 (always).
create macro frequency_0_100(said) as case lower(trim(said))
    when 'never' then '0' when '1' then '0'
    when 'rarely' then '25' when '2' then '25'
    when 'sometimes' then '50' when '3' then '50'
    when 'often' then '75' when '4' then '75'
    when 'always' then '100' when '5' then '100'
    else said
end;

-- The number at the start of a scale's end ('1 - not at all'); a text without one stays.
create macro scale_number(said) as coalesce(
    nullif(regexp_extract(said, '^\s*([0-9]+)(\s|$|[-–.:])', 1), ''), said
);

-- LEAVE ------------------------------------------------------------------------------------------

-- Empty, unless the recipe has lookups = ["shifts"].
create table if not exists shifts (
    employee_id varchar, shift_date date, scheduled_hours double
);

-- The days (day, scheduled_hours) that somebody is scheduled from one day to another, from staged
-- shifts: `unnest(spread_leave(...))`; the recipe has lookups = ["shifts"].
create macro spread_leave(who, first_day, last_day) as (
    select list({'day': shift.shift_date, 'scheduled_hours': shift.scheduled_hours}
        order by shift.shift_date)
    from shifts as shift
    where shift.employee_id = who
        and shift.shift_date between try_cast(first_day as date) and try_cast(last_day as date)
        and shift.scheduled_hours > 0
);
