-- One row: whether texts are the same.
select {alike} as are_alike
