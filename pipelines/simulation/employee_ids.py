"""Identifiers as the sample's systems write them: one series of employee numbers for all."""

from __future__ import annotations

import polars as pl

from pipelines.simulation.arrays import Ints, numbered

_MANAGERS_FROM, _COACHES_FROM, _AGENTS_FROM = 101, 1001, 100001


def manager_ids(sites: Ints) -> pl.Series:
    """Employee numbers of site managers by index of the site."""
    return numbered("E", sites + _MANAGERS_FROM, 6)


def coach_ids(coaches: Ints) -> pl.Series:
    """Employee numbers of coaches by index."""
    return numbered("E", coaches + _COACHES_FROM, 6)


def agent_ids(agents: Ints) -> pl.Series:
    """Employee numbers of agents by index."""
    return numbered("E", agents + _AGENTS_FROM, 6)
