"""From answers and coded behaviours to scores, and how far they can be relied on.

Frames or arrays in, frames or frozen results out; nothing here knows a database, a path beyond
its own ``instruments.yml``, or the clock.
"""
