"""Data about people: pseudonyms, erasure, age, and what a message or a row may tell of somebody."""
