"""Exports of systems into canonical rows, by recipes in SQL."""
