"""What every source, table, column, metric and claim means: described once, here."""
