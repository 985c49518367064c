-- One row per different text of a delivered column: cleaned, as canonical text, typed, and which
-- rules it breaks.
with clean as (
    select number, {cleaned} as cleaned
    from _texts
),

canonical as (
    select number, cleaned, {translated} as {column}
    from clean
)

select cleaned, {column} as canonical, {typed} as typed {broken}
from canonical
order by number
