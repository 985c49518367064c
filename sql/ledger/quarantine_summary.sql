-- quality.quarantine_summary: one row per loaded file, rule and column that rejected rows of it.
create or replace view quality.quarantine_summary as
select
    file.source,
    file.file,
    cell.rule,
    cell.column_name,
    count(distinct cell.line_number) as n_rows
from ledger.rejected_cell as cell
inner join ledger.file as file on file.file_id = cell.file_id
where file.status = 'loaded' and cell.rule <> 'unknown_person'
group by file.source, file.file, cell.file_id, cell.rule, cell.column_name
order by file.source, cell.file_id, cell.rule, cell.column_name
