-- One row per key: of merged rows what files with canonical columns said.
(
    select * exclude (feed, part, portion)
    from {parts}
    where feed = ''
    union all by name
    select staged.*
    from {staged} as staged
    anti join {parts} using ({key})
    semi join (select file_id from ledger.file where coalesce(feed, '') = '') using (file_id)
)
