"""What an organisation declares: its settings, and how its exports write things."""
