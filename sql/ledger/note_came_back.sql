-- The rows of a table of rows set aside, each noted once as open for a question.
insert into ledger.came_back
select $source, $question, file_id, line_number from {aside}
except
from ledger.came_back
