-- cut/refused_file: one row per file that lies in a landing folder and couldn't be taken.
with refused as (
    select source, file, sha256
    from ledger.file
    where status = 'refused' and is_in_landing
)

select * from refused
