-- One row per row of a staged table that came after a delivery, or came back from being set aside
-- since. It is read within a view, which takes no parameter.
select {columns} from {staged} as staged
where file_id > {up_to}
union all
select {columns} from {staged} as staged
where
    file_id <= {up_to}
    and (file_id, line_number) in (
        select (file_id, line_number)
        from ledger.came_back
        where source = {source} and question = {question}
    )
