"""``[database.<feed>]``: which query gives a feed's records, and where the address is named."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from pipelines.config.feeds import FeedSettings
from pipelines.contracts.sources import load_contracts
from pipelines.core.errors import SettingsError


class DatabaseSettings(BaseModel):
    """A query whose records are pulled at each refresh, as ``settings.toml`` declares it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    uri_from: str = Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")
    """The environment variable that has the address; the address itself stands nowhere."""
    query: str = Field(pattern=r"^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*\.sql$")
    """The query's file, below ``recipes/``."""


@dataclass(frozen=True)
class Database:
    """A query to pull by, its text read; ``feed`` may be a source whose columns it gives."""

    feed: str
    uri_from: str
    file: str
    query: str

    @property
    def fingerprint(self) -> str:
        """Changes whenever the query does."""
        return hashlib.sha256(self.query.encode()).hexdigest()


def resolve_databases(
    declared: dict[str, DatabaseSettings], feeds: dict[str, FeedSettings], recipes: Path
) -> tuple[Database, ...]:
    """Read the query of every database that is declared.

    Raises `SettingsError` naming the table of the settings and what is missing.
    """
    return tuple(_resolved(name, each, feeds, recipes) for name, each in declared.items())


def _resolved(
    name: str, declared: DatabaseSettings, feeds: dict[str, FeedSettings], recipes: Path
) -> Database:
    sources = [source.name for source in load_contracts().landing]
    if name not in feeds and name not in sources:
        raise SettingsError(
            f"database.{name}: nothing says what its records mean; declare {name} under [feed] "
            f"with a recipe, or call it as the source whose columns the query gives: "
            f"{', '.join(sources)}"
        )
    path = recipes / declared.query
    try:
        query = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"database.{name}: recipes/{declared.query} can't be read as a query "
            f"({type(error).__name__}); put the file there, as UTF-8"
        ) from error
    if not query.strip():
        raise SettingsError(f"database.{name}: recipes/{declared.query} is empty")
    return Database(name, declared.uri_from, declared.query, query.strip().rstrip(";"))
