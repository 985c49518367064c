"""Programs that tests run as commands: refreshes that are killed or fail at a chosen moment."""
