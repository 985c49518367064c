"""A contact centre with a known truth, written as landing files."""
