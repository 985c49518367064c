-- One row per file and reason: how many rows that are the only part of their key are set aside.
insert into ledger.aside_count
select
    $source,
    file_id,
    set_aside_reason,
    count(*),
    min(set_aside_until),
    bit_xor(hash(file_id, line_number))
from {aside}
anti join {parts} using ({key})
group by all
