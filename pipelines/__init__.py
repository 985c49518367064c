"""Plain Python that computes: no Dagster, no Plotly."""
