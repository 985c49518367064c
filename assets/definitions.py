"""The code location: everything that Dagster shows and runs."""

from __future__ import annotations

import dagster as dg

from assets.checks import suite_asset_checks
from assets.errors import mask_errors
from assets.estimates import estimate_assets
from assets.jobs import nightly_refresh
from assets.landing import source_assets
from assets.measurement import measurement_assets
from assets.models import model_assets
from assets.preparation import preparation_assets
from assets.progress import progress_logger
from assets.publication import publication_assets
from assets.quality import quality_assets
from assets.resources import RefreshResource
from assets.retention import retention_assets
from assets.schedules import nightly_schedule
from assets.sensors import landing_sensor
from assets.set_aside import set_aside_assets
from assets.table_facts import described
from assets.watch import killed_refresh, whole_night

mask_errors()

defs = dg.Definitions(
    assets=dg.map_asset_specs(
        described,
        [
            *source_assets,
            *retention_assets,
            *set_aside_assets,
            *preparation_assets,
            *model_assets,
            *quality_assets,
            *measurement_assets,
            *estimate_assets,
            *publication_assets,
        ],
    ),
    asset_checks=suite_asset_checks,
    jobs=[nightly_refresh],
    schedules=[nightly_schedule],
    sensors=[landing_sensor, killed_refresh, whole_night],
    resources={"refresh": RefreshResource()},
    executor=dg.in_process_executor,
    loggers={"console": progress_logger},
)
