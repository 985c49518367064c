"""Landing files into the raw schema: gate, ledger, quarantine."""
