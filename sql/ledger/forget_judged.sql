-- What was judged of a source: one question of it, or each where none is named.
delete from ledger.judged_up_to
where source = $source and question = coalesce($question, question)
