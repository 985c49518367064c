-- One row: what the tables of a layer of a refresh were made from.
insert into ledger.made_from values ($refresh_id, $layer, $data)
