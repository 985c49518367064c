-- The rows of a source that came back, once a question has been answered for them.
delete from ledger.came_back
where source = $source and question = $question
