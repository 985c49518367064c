-- What the tables of a layer of a refresh were made from.
delete from ledger.made_from
where refresh_id = $refresh_id and layer = $layer
