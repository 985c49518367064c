-- One row per file and reason: how many parts a source's merged rows that are set aside were made
-- of.
insert into ledger.aside_count
select
    $source,
    part.file_id,
    aside.set_aside_reason,
    count(*),
    min(aside.set_aside_until),
    bit_xor(hash(part.file_id, part.line_number))
from {aside} as aside
inner join {parts} as part on {same_key}
group by all
