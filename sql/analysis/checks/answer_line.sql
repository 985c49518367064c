-- checks/answer_line: one row per staged survey response, with the file and line it came from.
select
    staged.response_id,
    coalesce(file.file, 'unknown file') as file,
    staged.line_number
from staging.fatigue_surveys as staged
left join ledger.file as file on file.file_id = staged.file_id
