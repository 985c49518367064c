"""Quality suites generated from the contracts, and how fresh each source is."""
