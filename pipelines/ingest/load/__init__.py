"""Judged rows into ``raw`` and ``staging``, with the file ledger and the quarantine."""
