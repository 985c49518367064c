"""Landing files into raw and staging: gate, rules, ledger, quarantine."""
