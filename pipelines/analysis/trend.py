"""From the month tables, rounded as they are released, to `outcomes.trend` and the map of sites."""

from __future__ import annotations

from typing import Any

from pipelines.config.settings import Settings
from pipelines.core.warehouse import Connection, read_table, write
from pipelines.disclosure.confidentiality import Protection
from pipelines.disclosure.months import rounded_months, steps_of_means
from pipelines.estimators.trend.site_leaving import site_leaving
from pipelines.estimators.trend.table import Floors, step_of, trend_table

TABLE, MAP = "outcomes.trend", "outcomes.site_leaving"
_SCOPES = {"all": None, "site": "site", "arm": "arm"}
"""The month tables by scope, and the column that names the group."""


def write_trend(con: Connection, settings: Settings) -> dict[str, int]:
    """Write what is usual from month to month, and leaving by site; returns the numbers of rows."""
    protection = Protection.of(settings.privacy)
    whole = read_table(con, "marts.dim_month").filter("is_whole_month")["month"].to_list()
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for scope, column in _SCOPES.items():
        exact = read_table(con, f"marts.{scope}_month")
        steps = steps_of_means(exact, protection)
        months = rounded_months(exact, protection).hstack(
            steps.rename({name: step_of(name) for name in steps.columns})
        )
        for row in months.sort("month", *([column] if column else [])).to_dicts():
            if row["month"] in whole:
                groups.setdefault((scope, row[column] if column else scope), []).append(row)
    grid = protection.base(protection.class_of("voluntary_exit"))
    floors = Floors(protection.min_group, grid)
    frame = trend_table(dict(sorted(groups.items())), settings.targets, floors, settings.breaks)
    sites = {value: months for (scope, value), months in groups.items() if scope == "site"}
    cells = site_leaving(sites, frame, sorted(whole))
    write(con, TABLE, frame)
    write(con, MAP, cells)
    return {"trend": frame.height, "site_leaving": cells.height}
