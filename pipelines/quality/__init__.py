"""Checks on staged data, drift and coverage, freshness, and whether data can bear a claim."""
