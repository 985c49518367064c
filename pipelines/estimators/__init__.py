"""Estimators: frames in, frozen results out; no database, no paths, no clock."""
