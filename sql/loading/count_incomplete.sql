-- One row per file: how many parts no other part has made a row of yet.
insert into ledger.aside_count
select
    $source,
    part.file_id,
    $reason,
    count(*),
    null,
    bit_xor(hash(part.file_id, part.line_number))
from {parts} as part
where ({key}) not in (select ({key}) from {staged} union all select ({key}) from {aside})
group by all
