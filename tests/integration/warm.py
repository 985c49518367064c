"""What every refresh makes of the program's own files, made once: models parsed, pages compiled.

Imported into the process that refreshes are forked from. The rest of `assets` stays out: its
schedule reads the environment.
"""

from __future__ import annotations

import assets.checks
import assets.estimates
import assets.landing
import assets.measurement
import assets.models
import assets.outcome
import assets.preparation
import assets.publication
import assets.quality
import assets.quiet
import assets.retention
import assets.set_aside  # noqa: F401
from dashboards.pages.layout import templates

for template in templates().list_templates():
    templates().get_template(template)
