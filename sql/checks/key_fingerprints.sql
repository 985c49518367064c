-- One row per row of a table: a fingerprint of its key.
select hash({key}) as fingerprint from {judged}
