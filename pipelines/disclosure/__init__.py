"""Who may be shown, how coarsely, and when figures move: statistical disclosure control.

Three classes of figures (`confidentiality`), thresholds for each (`thresholds`), a rounding grid
(`comparison`, `tables`; its arithmetic is `pipelines.core.rounding`) and a release calendar
(`cut`, `carried_over`). The promise and its limits are in docs/privacy.md; `check` looks at every
release before it leaves.
"""
