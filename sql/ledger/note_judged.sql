-- One row: every row of a source up to a delivery was judged.
insert into ledger.judged_up_to values ($source, $question, $up_to, $against, $day)
