"""The exact answers of a simulated contact centre; they share no code with the estimators."""
