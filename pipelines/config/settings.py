"""``settings.toml`` -> one frozen `Settings`; the only place where defaults are written.

Unknown keys and impossible values stop the run before it touches anything, and the message
names the key, its value and what is allowed.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails

from pipelines.config.databases import Database, DatabaseSettings, resolve_databases
from pipelines.config.feed_slips import hint_on, slip
from pipelines.config.feeds import FEED_NAME, Feed, FeedSettings, resolve_feeds
from pipelines.config.mapping import SourceMapping, mapping_problems
from pipelines.config.raw_address import STORE_ADDRESS, check_store_address
from pipelines.contracts.trend_measures import check_measures, check_targets
from pipelines.core.engine_limits import EngineLimits
from pipelines.core.errors import SettingsError
from pipelines.core.workspace import Workspace

LEAST_MEGABYTES = 256
"""With less memory the database can't take in a small delivery."""
_MEGABYTES = {"M": 1, "G": 1000, "T": 1_000_000}
HorizonDays = Annotated[int, Field(ge=1, le=3650, strict=True)]
Label = Annotated[str, Field(min_length=1, max_length=80)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Comparison(_Section):
    """Which two kinds of coaching are compared, over which horizons, adjusted for what."""

    arm_a: Label = "compassionate"
    arm_b: Label = "compliance"
    horizon_days: tuple[HorizonDays, ...] = (90, 180, 365)
    covariates: tuple[Label, ...] | None = None
    """Roster columns to adjust for; None means the default confounders of the contracts."""
    assignment: Literal["observed", "by_person", "by_coach", "stepped"] = "observed"
    """Whether a lottery decided who was coached how, and what it drew: people, coaches, or when
    each coach or site goes over from arm b to arm a."""
    steps: tuple[dt.date, ...] = ()
    """First days on which units give arm a, where the lottery decided when."""
    step_unit: Literal["coach", "site"] = "coach"
    """What goes over on these days."""
    strata: tuple[Literal["site", "team", "role", "employment_type"], ...] = ()
    """Columns within which the lottery was held."""

    @field_validator("horizon_days")
    @classmethod
    def _sorted_and_distinct(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if not value or len(set(value)) != len(value):
            raise ValueError("a list of different whole numbers of days")
        return tuple(sorted(value))

    @field_validator("covariates")
    @classmethod
    def _distinct(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        if value is not None and (not value or len(set(value)) != len(value)):
            raise ValueError("a list of different roster columns, or leave the key out")
        return value

    @model_validator(mode="after")
    def _strata_of_a_lottery(self) -> Comparison:
        if self.strata and self.assignment == "observed":
            raise ValueError(
                "strata only where assignment says that a lottery decided (by_person, by_coach "
                "or stepped)"
            )
        if len(set(self.strata)) != len(self.strata):
            raise ValueError("strata to be different columns")
        return self

    @field_validator("steps")
    @classmethod
    def _ascending(cls, value: tuple[dt.date, ...]) -> tuple[dt.date, ...]:
        if len(set(value)) != len(value):
            raise ValueError("steps to be different dates")
        return tuple(sorted(value))

    @model_validator(mode="after")
    def _steps_of_a_lottery(self) -> Comparison:
        if bool(self.steps) != (self.assignment == "stepped"):
            raise ValueError("steps, the dates, with assignment = 'stepped', and only there")
        if self.step_unit == "site" and self.strata:
            raise ValueError("no strata where sites take the steps: none of them holds whole sites")
        return self

    @model_validator(mode="after")
    def _two_arms(self) -> Comparison:
        if self.arm_a == self.arm_b:
            raise ValueError("arm_a and arm_b to be two different styles")
        return self


class Privacy(_Section):
    """Who may be shown, how coarsely, and how often comparisons are made anew.

    ``grid`` and ``grid_confidential`` are numbers of people: figures are rounded to the weight of
    so many, how people left a part of the workforce to that of twice ``grid``; 0 leaves them exact,
    which is for public data and tests. See docs/privacy.md.
    """

    min_group: int = Field(default=10, ge=1, le=1000, strict=True)
    min_coaches: int = Field(default=3, ge=1, le=1000, strict=True)
    min_leavers: int = Field(default=5, ge=1, le=1000, strict=True)
    """Leavers per arm that a figure about kinds of exit needs, and new ones before it moves."""
    grid: int = Field(default=5, ge=0, le=1000, strict=True)
    grid_confidential: int = Field(default=10, ge=0, le=1000, strict=True)
    cut: Literal["month", "quarter", "none"] = "month"
    """When comparisons are made: at the end of a month or quarter, or every night ("none")."""
    exit_kind: Literal["restricted", "open"] = "restricted"
    """Whether the way people left is protected, or as open as that they left."""
    analyst_person_scores: bool = Field(default=False, strict=True)


class Cost(_Section):
    """What one exit costs, for the worth of a difference; None leaves money out."""

    exit: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    currency: str = Field(default="USD", pattern=r"^[A-Z]{3}$")


class Display(_Section):
    """How numbers are written on the pages; " " stands for a thin space."""

    thousands: Literal[",", ".", " ", "'", ""] = ","
    decimal: Literal[".", ","] = "."

    @model_validator(mode="after")
    def _two_signs(self) -> Display:
        if self.thousands == self.decimal:
            raise ValueError("thousands and decimal to be two different signs")
        return self


class RecordAge(_Section):
    """How long personal records are kept."""

    years: int = Field(default=5, ge=1, le=100, strict=True)

    def kept_from(self, data_until: dt.date) -> dt.date:
        """The first day that is kept: at least so many years before the end of the data."""
        return dt.date(max(data_until.year - self.years, 1), data_until.month, 1)


class Limits(_Section):
    """What one file may hold; a refresh must not die of one delivery.

    50 million rows are a year's shifts of 200,000 people; 4 GB of text are as much, and with what
    reading adds they need a machine of 16 GB.
    """

    rows_per_file: int = Field(default=50_000_000, ge=1, strict=True)
    unpacked_megabytes: int = Field(default=4096, ge=1, strict=True)
    """Megabytes of 2**20 bytes."""
    memory: str | None = Field(default=None, exclude=True)
    """What the database may use of the machine's memory; None: see `engine_limits`. Left out,
    like the two below, where settings are compared: no figure depends on them."""
    threads: int | None = Field(default=None, ge=1, le=1024, strict=True, exclude=True)
    spill_folder: str | None = Field(default=None, min_length=1, exclude=True)
    """Where the database puts what doesn't fit into memory, relative to the workspace; None: in
    private/."""

    @field_validator("memory")
    @classmethod
    def _enough_memory(cls, value: str | None) -> str | None:
        found = re.fullmatch(r"(\d+(?:\.\d+)?) ?([MGT])(i?)B", value or "")
        if value is not None and (
            found is None or float(found[1]) * _MEGABYTES[found[2]] < LEAST_MEGABYTES
        ):
            raise ValueError(f"an amount such as '4GB', at least {LEAST_MEGABYTES}MB")
        return value

    def of_engine(self, workspace: Path) -> EngineLimits:
        """What the database keeps to in a workspace, which spills into a folder of its own."""
        if self.spill_folder is None:
            return EngineLimits(self.memory, self.threads)
        own = hashlib.sha256(str(workspace).encode()).hexdigest()[:12]
        return EngineLimits(
            self.memory, self.threads, workspace / self.spill_folder / f"coaching-{own}"
        )


class Raw(_Section):
    """Where what was delivered is kept: in the private folder, or in an object store."""

    url: Annotated[str, AfterValidator(check_store_address)] | None = None


class Engine(_Section):
    """Where the models of staging and marts are computed; ledger, checks and release stay here."""

    name: Literal["duckdb", "spark"] = "duckdb"
    url: str = Field(default="local[*]", pattern=r"^(local(\[.+\])?|local-cluster\[.+\]|\w+://.+)$")
    """Of a Spark session: `local[2]`, `spark://host:7077`, or `sc://host` for Spark Connect."""
    options: dict[str, str] = {}
    """What Spark is told beside, such as `"spark.executor.memory" = "8g"`; not with Connect."""


AlertKind = Literal["failed", "refused", "late", "recovered"]


class Alerts(_Section):
    """What is told to whom the private folder or the environment names; never an address."""

    kinds: tuple[AlertKind, ...] = ("failed", "refused", "late", "recovered")
    name: str | None = Field(default=None, min_length=1, max_length=80)
    """How messages call this workspace; None for its folder's name."""
    runbook: str = Field(default="docs/operations.md", min_length=1)
    """Where your people read docs/operations.md."""


class Log(_Section):
    """How progress is written."""

    format: Literal["human", "json"] = "human"


class Dagster(_Section):
    """How long Dagster remembers its runs."""

    keep_runs_days: int = Field(default=45, ge=1, le=3650, strict=True)


class Settings(_Section):
    """Everything an organisation may choose, with every default in one place."""

    time_zone: str = "UTC"
    data_until: dt.date | None = None
    """Last day of data; None means the latest date that any source reaches."""
    comparison: Comparison = Comparison()
    privacy: Privacy = Privacy()
    cost: Cost = Cost()
    retention: RecordAge = RecordAge()
    limits: Limits = Limits()
    display: Display = Display()
    events: dict[Label, dt.date] = {}
    """What began when, by the name that the month charts give it: the start of a programme."""
    targets: Annotated[dict[str, float], AfterValidator(check_targets)] = {}
    """What a month's figure should reach, by measure of `outcomes.trend`, in the measure's unit."""
    breaks: Annotated[dict[str, dict[Label, dt.date]], AfterValidator(check_measures)] = {}
    """When a process changed, by measure and reason: its control limits are set anew from there."""
    mapping: dict[str, SourceMapping] = {}
    """How the export of a source names and writes things; sources without one are canonical."""
    feed: dict[Annotated[str, Field(pattern=f"^{FEED_NAME}$")], FeedSettings] = {}
    """Exports of systems, each with the recipe that reads it; of two that say different things
    about one value, the one named first is believed."""
    alerts: Alerts = Field(default=Alerts(), exclude=True)
    """Left out, like the four below, where settings are compared: no figure depends on them."""
    log: Log = Field(default=Log(), exclude=True)
    dagster: Dagster = Field(default=Dagster(), exclude=True)
    engine: Engine = Field(default=Engine(), exclude=True)
    raw: Raw = Field(default=Raw(), exclude=True)
    database: dict[Annotated[str, Field(pattern=f"^{FEED_NAME}$")], DatabaseSettings] = {}
    """Feeds, or sources, whose records are pulled from a database at each refresh."""
    databases: tuple[Database, ...] = Field(default=(), exclude=True)
    """The databases with their queries; read with the settings, never written there."""
    feeds: tuple[Feed, ...] = Field(default=(), exclude=True)
    """The feeds with their recipes; found when the settings are read, never written there."""

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in _known_zones():
            raise ValueError("an IANA time zone such as 'UTC' or 'Europe/Berlin'")
        return value

    @property
    def zone(self) -> ZoneInfo:
        """The workspace's time zone."""
        return ZoneInfo(self.time_zone)


@cache  # the folder of time zones is gone through file by file
def _known_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def load_settings(path: Path) -> Settings:
    """Read ``settings.toml``, or take every default where the file doesn't exist.

    Raises `SettingsError` naming each wrong key, its value and what is allowed.
    """
    if not path.exists():
        return Settings()
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise SettingsError(
            f"{path.name} can't be read ({error.strerror}): it must be a text file that the user "
            "who refreshes may read. Nothing was changed"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"{path.name} is not valid TOML: {error}.{hint_on(error, _bare_text(path))} Mend the "
            "file and run again; nothing was changed."
        ) from error
    for plural in ("feeds", "databases"):
        if plural in content:
            raise _unusable(path.name, [f"{plural}: unknown key; [{plural[:-1]}.<name>] is meant"])
    settings = parse_settings(content, path.name)
    recipes = Workspace(path.parent).recipes
    feeds = resolve_feeds(settings.feed, recipes)
    databases = resolve_databases(settings.database, settings.feed, recipes)
    return settings.model_copy(update={"feeds": feeds, "databases": databases})


def _bare_text(path: Path) -> str:
    return path.read_text(encoding="utf-8-sig", errors="replace")


def parse_settings(content: dict[str, Any], name: str = "settings.toml") -> Settings:
    """Validate the parsed content of a settings file; raises `SettingsError`."""
    try:
        settings = Settings.model_validate(content)
    except ValidationError as error:
        raise _unusable(name, [_describe(detail) for detail in error.errors()]) from error
    problems = mapping_problems(settings.mapping)
    if problems:
        raise _unusable(name, problems)
    return settings


def _unusable(name: str, problems: list[str]) -> SettingsError:
    lines = "\n".join(f"  {problem}" for problem in problems)
    return SettingsError(f"{name} has values that can't be used; nothing was changed:\n{lines}")


def _describe(detail: ErrorDetails) -> str:
    key = ".".join(str(part) for part in detail["loc"]) or "comparison"
    if detail["loc"][:1] == ("database",):
        # An address with its password may stand where the name of a variable is wanted.
        return f"{key}: a value that isn't shown; {_DATABASE_KEYS}"
    if detail["loc"][:1] == ("raw",):
        # A key with its password may stand in the address.
        return f"{key}: a value that isn't shown; expected url, {STORE_ADDRESS}"
    fallen = slip(detail, Settings.model_fields)
    if fallen is not None:
        return fallen
    if detail["type"] == "extra_forbidden":
        return f"{key} = {detail['input']!r}: unknown key; allowed here: {_allowed(detail['loc'])}"
    message = detail["msg"].removeprefix("Value error, ")
    return f"{key} = {detail['input']!r}: expected {_expectation(message)}"


_DATABASE_KEYS = (
    "expected uri_from, the name of the environment variable that has the address (never the "
    "address itself), and query, a file below recipes/ such as 'shifts.sql'"
)


def _expectation(message: str) -> str:
    """Pydantic's wording as the end of the sentence 'expected ...'."""
    for start in ("Input should be ", "String should "):
        if message.startswith(start):
            rest = message.removeprefix(start)
            return rest if start.startswith("Input") else f"text that should {rest}"
    return message


def _allowed(location: tuple[int | str, ...]) -> str:
    if location[0] == "mapping":
        return ", ".join(sorted(SourceMapping.model_fields))
    if location[0] == "feed":
        return ", ".join(sorted(FeedSettings.model_fields))
    model: type[BaseModel] = Settings
    for part in location[:-1]:
        annotation = model.model_fields[str(part)].annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            model = annotation
    return ", ".join(sorted(model.model_fields.keys() - {"feeds", "databases"}))


def is_weaker_than_usual(limits: Mapping[str, int]) -> bool:
    """Whether any of these limits on privacy lies under the one that is set by default."""
    usual = Privacy()
    return any(value < getattr(usual, name) for name, value in limits.items())
