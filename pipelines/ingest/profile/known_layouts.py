"""From a file to the recipe that knows its header, and to a skeleton where none does."""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from pipelines.config.feeds import Feed
from pipelines.config.recipes import SHIPPED, Recipe, find_recipe, recipe_names
from pipelines.core.errors import GateError
from pipelines.core.sql_text import identifier
from pipelines.ingest.profile.detect_format import Form
from pipelines.ingest.profile.other_rows import label_rows, totals
from pipelines.ingest.read.integrity import unpacked
from pipelines.ingest.read.landing_folder import LandingFile, landing_file
from pipelines.ingest.read.limits import DEFAULT
from pipelines.ingest.shape.feed_records import read_records
from pipelines.personal_data.log_redaction import shape_of

LOOKED_AT = 1 << 18
"""Bytes of a text in which its header is looked for."""
SHOWN_SHAPES = 3
AS_SAID: Mapping[str, str] = {}
"""Written as the recipe says."""


def recognised(
    path: Path, own_recipes: Path = SHIPPED, written: Mapping[str, str] = AS_SAID
) -> Recipe | None:
    """The recipe whose columns the file's header has; of several the one with most of them.

    ``written`` is how the file is written in another way than its recipe says.
    """
    file, content = landing_file(path), _beginning(path)
    best: tuple[int, Recipe] | None = None
    for name in recipe_names(own_recipes):
        recipe = find_recipe(name, own_recipes)
        score = _score(content, file, recipe, written)
        if score and (best is None or score > best[0]):
            best = score, recipe
    return best[1] if best else None


def as_written(form: Form) -> dict[str, str]:
    """How a file was found to be written, as a feed's ``read`` says it."""
    said = {"encoding": form.encoding, "delimiter": form.delimiter, "sheet": form.sheet}
    return {key: value for key, value in said.items() if value is not None}


def _score(content: bytes, file: LandingFile, recipe: Recipe, written: Mapping[str, str]) -> int:
    """How many of the recipe's columns the file has; 0 where it isn't one of its exports."""
    declared = recipe.declared
    is_named = declared.files is None or fnmatch.fnmatch(file.name.lower(), declared.files.lower())
    if not is_named:
        return 0
    reading = declared.read.model_copy(update=dict(written))
    feed = Feed("export", recipe, reading, {}, declared.parameters)
    try:
        records = read_records(content, file, feed, DEFAULT)
    except GateError:
        return 0
    if declared.read.names and records.broken:
        return 0
    return sum(name in records.columns for name in (*declared.columns, *declared.optional))


def _beginning(path: Path) -> bytes:
    """The file, of a text its first whole lines."""
    file, content = landing_file(path), path.read_bytes()
    if file.format not in ("csv", "tsv", "jsonl"):
        return content
    if file.is_gzipped:
        return content if len(content) < LOOKED_AT else unpacked(content)
    if len(content) <= LOOKED_AT:
        return content
    end = content.rfind(b"\n", 0, LOOKED_AT)
    return content[: end + (2 if content[:2] == b"\xff\xfe" else 1)]


def skeleton(form: Form) -> str:
    """A recipe to go on from: the columns with the shapes of their values, which tell no value."""
    columns = ", ".join(json.dumps(name, ensure_ascii=False) for name in form.columns)
    lines = [
        "# recipes/<system>/<export>/recipe.toml",
        'title = "…"',
        'layout = "where the layout is documented"',
        f"columns = [{columns}]",
    ]
    told = [f"{key} = {json.dumps(value)}" for key, value in as_written(form).items()]
    n_labels, n_totals = label_rows(form), totals(form)
    if n_labels:
        told.append(f"skip_after_header = {n_labels}   # rows of labels below the header")
        form = replace(form, rows=form.rows[n_labels:])
    lines += ["", "[read]", *told] if told else []
    lines += ["", "-- recipes/<system>/<export>/<source>.sql", "select"]
    for name in form.columns:
        shapes = " or ".join(_shapes(form.values(name))) or "always empty"
        lines.append(f"    {identifier(name)} as …,  -- {shapes}")
    lines.append("    _line")
    if n_totals:
        lines[-1] += ","
        of_totals = f"{n_totals:,} rows read like totals or footers"
        lines.append(f"    case when … then 'a total' end as _skip  -- {of_totals}")
    return "\n".join([*lines, "from delivery"])


def _shapes(values: list[str]) -> list[str]:
    """The commonest shapes of values: 9 for digits, a for letters; words aren't told."""
    counted: dict[str, int] = {}
    for value in values:
        counted[shape_of(value)] = counted.get(shape_of(value), 0) + 1
    return sorted(counted, key=lambda shape: -counted[shape])[:SHOWN_SHAPES]


def advice(recipe: Recipe, path: Path, written: Mapping[str, str] = AS_SAID) -> str:
    """What to do with a file that a recipe knows, and that is ``written`` in another way."""
    folder = recipe.name.replace("/", "_")
    declared = ["[feed]", f'{folder} = "{recipe.name}"']
    if written:
        read = ", ".join(f"{key} = {json.dumps(value)}" for key, value in written.items())
        declared = [f"[feed.{folder}]", f'recipe = "{recipe.name}"', f"read = {{{read}}}"]
    return "\n".join(
        [
            f"# {path.name} is an export that the recipe {recipe.name} knows:",
            f"# {recipe.declared.title}; it makes {', '.join(recipe.sources)}.",
            f"# Put the file into landing/{folder}/ (or another name), this into settings.toml,",
            f"# and see what becomes of it: make try FEED={folder}",
            *declared,
        ]
    )
