"""The comparison within parts of the workforce, and all parts together."""
