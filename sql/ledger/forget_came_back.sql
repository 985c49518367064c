-- The rows of a source that came back, once a question has been answered for them, or all of them
-- where none is named.
delete from ledger.came_back
where source = $source and question = coalesce($question, question)
