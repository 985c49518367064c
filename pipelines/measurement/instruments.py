"""The questionnaires as frozen records, read from ``instruments.yml`` beside this module."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from pipelines.contracts.contract_files import read_yaml
from pipelines.core.errors import PipelineError

INSTRUMENTS_FILE = Path(__file__).resolve().parent / "instruments.yml"


class InstrumentError(PipelineError):
    """``instruments.yml`` contradicts itself."""


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StandsFor(_Record):
    """The landing column that a scale may stand for on 0-100, and why."""

    column: str
    because: str


class Scale(_Record):
    """One scale: made of ``items``, or the mean of the other scales in ``mean_of``.

    ``bands`` are (name, lowest raw score) pairs, lowest first.
    """

    name: str
    items: tuple[int, ...] = ()
    reverse: tuple[int, ...] = ()
    score: Literal["mean", "sum"] = "mean"
    mean_of: tuple[str, ...] = ()
    min_answered: int = Field(default=0, ge=0)
    bands: tuple[tuple[str, float], ...] = ()
    stands_for: StandsFor | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Scale:
        if bool(self.items) == bool(self.mean_of):
            raise ValueError("a scale has either items or mean_of")
        if len(set(self.items)) != len(self.items) or any(item < 1 for item in self.items):
            raise ValueError("items are different numbers from 1")
        if not set(self.reverse) <= set(self.items):
            raise ValueError("only the scale’s own items can be reversed")
        if self.items and not 1 <= self.min_answered <= len(self.items):
            raise ValueError("min_answered lies between 1 and the number of items")
        if any(low >= high for (_, low), (_, high) in pairwise(self.bands)):
            raise ValueError("bands rise")
        return self


class Instrument(_Record):
    """One questionnaire: its answers, from lowest to highest, and its scales."""

    name: str
    title: str
    source: str
    answers: tuple[float, ...] = Field(min_length=2)
    scales: tuple[Scale, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _consistent(self) -> Instrument:
        if list(self.answers) != sorted(set(self.answers)):
            raise ValueError("answers are different numbers in rising order")
        of_items = {scale.name for scale in self.scales if scale.items}
        for scale in self.scales:
            if not set(scale.mean_of) <= of_items:
                raise ValueError(f"{scale.name} is the mean of scales that aren’t made of items")
            if scale.bands and scale.bands[0][1] != self.raw_range(scale)[0]:
                raise ValueError(f"the first band of {scale.name} begins at its lowest score")
        return self

    @property
    def items(self) -> tuple[int, ...]:
        """Every item number of the questionnaire, rising."""
        return tuple(sorted({item for scale in self.scales for item in scale.items}))

    def raw_range(self, scale: Scale) -> tuple[float, float]:
        """The lowest and the highest raw score that a scale can have."""
        factor = len(scale.items) if scale.score == "sum" else 1
        return self.answers[0] * factor, self.answers[-1] * factor


def item_column(number: int) -> str:
    """The landing column of an item."""
    return f"item_{number}"


@cache
def load_instruments() -> dict[str, Instrument]:
    """Every questionnaire by its name. Raises `InstrumentError` naming what contradicts."""
    content = read_yaml(INSTRUMENTS_FILE.read_text(encoding="utf-8"))
    return {name: instrument_from(name, each) for name, each in content.items()}


def instrument_from(name: str, content: dict[str, Any]) -> Instrument:
    """One questionnaire from its mapping in the file; raises `InstrumentError`."""
    try:
        scales = tuple(
            Scale(name=scale, **{**each, "bands": tuple(each.get("bands", {}).items())})
            for scale, each in content["scales"].items()
        )
        return Instrument(name=name, **{**content, "scales": scales})
    except (KeyError, TypeError, ValueError) as error:
        raise InstrumentError(f"instruments.yml, {name}: {error}") from error
