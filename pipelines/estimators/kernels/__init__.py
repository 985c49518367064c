"""The mathematics: arrays in, arrays out; no rows, no verdicts."""
