"""Delivered text against the contracts: mapping, row rules, and what a message says."""
