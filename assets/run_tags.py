"""What the list of runs says of a refresh: the names of the tags that runs carry."""

from __future__ import annotations

TAG = "coaching"
LANDED_TAG, OUTCOME_TAG, REFRESH_TAG = "landed", "outcome", "refresh"
"""Below `TAG`: which files a run saw, how it ended (a refusal is no failure), and its number."""
ORPHANED_TAG = f"{TAG}/orphaned"
"""The run's process was gone, and it was ended for it."""
TURNED_AWAY_TAG = f"{TAG}/turned_away"
"""Another refresh held the workspace, so the run did nothing."""
AGAIN_TAG = f"{TAG}/asked_again"
"""The run was asked for in the place of one that was orphaned."""
MAX_RETRIES_TAG = "dagster/max_retries"
"""How often Dagster tries a run again that was killed."""
