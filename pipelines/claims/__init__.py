"""The claim register: what practitioners say, what tests it, and the verdict of today's data."""
