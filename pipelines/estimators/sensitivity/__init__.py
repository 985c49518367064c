"""What it would take to change the answer."""
