"""How a landing file becomes rows of a source: by its canonical columns, or by a recipe."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from pipelines.config.feeds import Feed
from pipelines.config.mapping import SourceMapping
from pipelines.config.settings import Limits
from pipelines.contracts.sources import Source
from pipelines.core.errors import GateError
from pipelines.core.known_texts import KnownTexts
from pipelines.ingest.read.delivery import Delivery
from pipelines.ingest.read.landing_folder import LandingFile
from pipelines.ingest.read.readers import CANONICAL, read_delivery
from pipelines.ingest.shape.distinct_inputs import Known
from pipelines.ingest.shape.feed_records import read_records
from pipelines.ingest.shape.lookups import Lookups
from pipelines.ingest.shape.open_ends import without_open_ends
from pipelines.ingest.shape.run_recipe import run_recipe
from pipelines.ingest.shape.sandboxes import Sandboxes
from pipelines.ingest.shape.shaped_delivery import as_delivery
from pipelines.personal_data.erased_people import NOBODY, Erased


class FileReader(Protocol):
    """What reads the files of one folder for one source."""

    @property
    def mapping(self) -> SourceMapping:
        """How values are translated after reading."""

    @property
    def of(self) -> Feed | None:
        """The feed that it reads, None for the source's own folder."""

    @property
    def feed(self) -> str | None:
        """The feed's name, None for the source's own folder."""

    @property
    def known_texts(self) -> KnownTexts:
        """What was said of the texts of the files before."""

    @property
    def delimiter(self) -> str:
        """What parts the values of a file that goes back."""

    @property
    def fingerprint(self) -> str | None:
        """Changes whenever files would be read differently."""

    def is_current(self, read_under: str | None) -> bool:
        """Whether a file that was read under this fingerprint needn't be read again."""

    def read(self, content: bytes, file: LandingFile, source: Source, limits: Limits) -> Delivery:
        """Read one file in full; raises `GateError` where rows could get lost."""

    def close(self) -> None:
        """Give back what reading took; it reads no file after that."""


@dataclass(frozen=True)
class CanonicalReader:
    """Reads files with canonical columns, or those that a mapping declares."""

    mapping: SourceMapping = CANONICAL
    feed: None = None
    of: None = None
    known_texts: KnownTexts = field(default_factory=KnownTexts, compare=False, repr=False)

    @property
    def delimiter(self) -> str:
        """As declared, else a comma."""
        return self.mapping.delimiter or ","

    @property
    def fingerprint(self) -> str | None:
        """That of the mapping; None where nothing is declared."""
        return self.mapping.fingerprint

    def is_current(self, read_under: str | None) -> bool:
        """Whether the mapping is still the same."""
        return read_under == self.fingerprint

    def read(self, content: bytes, file: LandingFile, source: Source, limits: Limits) -> Delivery:
        """Read the file by its canonical columns."""
        delivery = read_delivery(content, file, source, self.mapping, limits)
        return delivery if file.is_tombstone else without_open_ends(delivery, source, self.mapping)

    def close(self) -> None:
        """Nothing is kept open."""


@dataclass(frozen=True)
class RecipeReader:
    """Reads files of a feed, and makes rows of one source of them by the feed's recipe."""

    of: Feed
    lookups: Lookups
    time_zone: str
    erased: Erased = NOBODY
    mapping: SourceMapping = CANONICAL
    """Of the rows that the recipe makes: they are canonical."""
    known: dict[str, Known] = field(default_factory=dict, compare=False, repr=False)
    """By source, what its query was answered for earlier files."""

    known_texts: KnownTexts = field(default_factory=KnownTexts, compare=False, repr=False)
    _sandboxes: Sandboxes = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        sandboxes = Sandboxes(self.of, self.lookups, self.time_zone)
        object.__setattr__(self, "_sandboxes", sandboxes)

    def close(self) -> None:
        """Close the databases in which files were read."""
        self._sandboxes.close()

    @property
    def feed(self) -> str:
        """The feed's name."""
        return self.of.name

    @property
    def delimiter(self) -> str:
        """As the export is written."""
        return self.of.reading.delimiter or ","

    @property
    def fingerprint(self) -> str:
        """That of recipe, macros and settings of the feed."""
        return f"{self.of.name}:{self.of.fingerprint}"

    def is_current(self, read_under: str | None) -> bool:
        """Whether nothing has changed that the file's rows depend on.

        A file whose records wait for a lookup was read under its state, too.
        """
        return read_under in (self.fingerprint, waiting(self.fingerprint, self.lookups.fingerprint))

    def read(self, content: bytes, file: LandingFile, source: Source, limits: Limits) -> Delivery:
        """Read the file's records, and let the recipe make rows of them."""
        if file.is_tombstone:
            raise GateError(
                f"keys to delete are delivered in landing/{source.name}/, by the canonical names "
                f"{', '.join(source.key)}"
            )
        records = read_records(content, file, self.of, limits)
        known = self.known.setdefault(source.name, Known())
        shaped = run_recipe(self.of, source.name, records, file.name, self._sandboxes, known)
        return as_delivery(shaped, records, self.of, source, self.lookups, self.erased)


def waiting(fingerprint: str | None, lookups: str) -> str:
    """The fingerprint of a file that a later state of the lookups may make more rows of."""
    return f"{fingerprint}+{lookups}"
