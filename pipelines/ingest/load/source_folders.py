"""From a source to the folders whose files make its rows: dropped into landing/, or pulled."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from pipelines.config.feeds import Feed
from pipelines.config.mapping import SourceMapping
from pipelines.contracts.sources import Source
from pipelines.ingest.load.ingest_report import IngestReport
from pipelines.ingest.pull.pull_database import Pull
from pipelines.ingest.read.landing_folder import FolderContent, LandingFile, look_into
from pipelines.ingest.shape.file_reader import CanonicalReader, FileReader
from pipelines.ingest.shape.lookups import ROSTER

_LOOKS_UP = re.compile(r"\b(employee_of|employee_if_known|employee_without_zeros|people)\b")
DATABASE = "(the database)"
"""What a feed's pull is called in the ledger where it failed."""


@dataclass(frozen=True)
class SourceFolder:
    """A folder whose files make rows of the source: its own, or a feed's."""

    path: Path
    reader: FileReader | None
    feed: Feed | None
    pull: Pull | None = field(default=None, kw_only=True)

    def content(self) -> FolderContent:
        """What lies in it, after what was pulled; files of a feed are called by its name, too."""
        found, files = look_into(self.path), self._pulled()
        files += found.files
        if self.feed is not None:
            files = tuple(replace(each, name=f"{self.feed.name}/{each.name}") for each in files)
        return replace(found, files=files)

    def _pulled(self) -> tuple[LandingFile, ...]:
        """What was pulled into the place of this folder; a failed pull is a file to refuse."""
        if self.pull is None:
            return ()
        pulled = look_into(self.pull.folder).files
        if self.pull.refusal is None:
            return pulled
        failed = LandingFile(self.pull.folder, DATABASE, None, False, refusal=self.pull.refusal)
        return (*pulled, failed)

    def with_pull(self, report: IngestReport, source: Source) -> IngestReport:
        """The report with what is told of the pull; a failed one blocks a required source."""
        if self.pull is None:
            return report
        notes = (f"{self.pull.feed} from its database: {note}" for note in self.pull.notes)
        report = replace(report, notes=(*report.notes, *notes))
        if self.pull.refusal is None or not source.required:
            return report
        failed = [each for each in report.gate_refusals if each.endswith(self.pull.refusal)]
        others = tuple(each for each in report.gate_refusals if each not in failed)
        refused = (*report.delivery_refusals, *failed)
        return replace(report, gate_refusals=others, delivery_refusals=refused)


def folders_of(
    source: Source,
    folder: Path,
    mapping: SourceMapping,
    feeds: Sequence[Feed],
    pulls: Mapping[str, Pull],
) -> list[SourceFolder]:
    """The source's own folder, and those of the feeds that make it."""
    own = SourceFolder(folder, CanonicalReader(mapping), None, pull=pulls.get(source.name))
    others = (
        SourceFolder(folder.parent / feed.name, None, feed, pull=pulls.get(feed.name))
        for feed in _making(feeds, source)
    )
    return [own, *others]


def looks_people_up(feeds: Sequence[Feed]) -> bool:
    """Whether a recipe looks people up to make the roster, so that ``people`` has to be first."""
    queries = [feed.recipe.queries.get(ROSTER, "") for feed in feeds]
    return any(_LOOKS_UP.search(query) for query in queries)


def _making(feeds: Sequence[Feed], source: Source) -> list[Feed]:
    """The feeds that make a source; last come those that look things up in what others make."""
    making = [feed for feed in feeds if source.name in feed.recipe.sources]
    return sorted(making, key=lambda feed: source.name in feed.recipe.declared.lookups)
