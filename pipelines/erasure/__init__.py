"""Removing people from everything but ``landing/``: on request, and by age."""
