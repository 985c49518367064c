-- One row: a number that no refresh has had.
select
    greatest(
        (select max(refresh_id) from ledger.refresh_run),
        (select max(refresh_id) from meta.refresh),
        0
    ) + 1 as refresh_id
