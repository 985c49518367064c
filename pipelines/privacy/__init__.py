"""Pseudonyms and suppression: what may leave the private folder, and how."""
