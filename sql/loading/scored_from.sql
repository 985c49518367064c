-- One row: from which deliveries surveys are scored, and which of their rows don't count yet.
with aside as (
    select
        string_agg(
            concat_ws(':', file_id, reason, fingerprint), ' ' order by file_id, reason
        ) as told
    from ledger.aside_count
    where source = $source
)

select
    (
        select concat_ws(' ', fingerprint, (select told from aside))
        from ledger.raw_view
        where source = $source
    ) as fingerprint
