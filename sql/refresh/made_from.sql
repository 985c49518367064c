-- ledger.made_from: one row per refresh and layer, the data that its tables were made from.
create table if not exists ledger.made_from (
    refresh_id integer not null,
    layer varchar not null,
    data_fingerprint varchar not null
)
