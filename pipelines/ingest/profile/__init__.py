"""An export that was never seen: its form, its columns, its notation, and a mapping to propose."""
