"""``make profile FILE=…``: proposes a mapping for an export that was never seen.

What the file settles is proposed; what it doesn't settle is said, never guessed away.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipelines.config.settings import parse_settings
from pipelines.contracts.sources import Source, load_contracts
from pipelines.core.errors import PipelineError
from pipelines.ingest.profile import detect_notation
from pipelines.ingest.profile.detect_format import MAX_ROWS, Form, guess_form
from pipelines.ingest.profile.dry_run import try_mapping
from pipelines.ingest.profile.known_layouts import advice, as_written, recognised, skeleton
from pipelines.ingest.profile.match_columns import (
    Match,
    also_resembled,
    guess_source,
    match_columns,
    similarity,
)

_MAX_WORDS = 20


@dataclass
class Proposal:
    """A mapping in the making: what to declare, and what stays unclear."""

    source: Source
    declared: dict[str, object] = field(default_factory=dict)
    unclear: list[str] = field(default_factory=list)
    is_guess: bool = False
    """Whether nothing but a weak likeness speaks for the source."""

    def toml(self) -> str:
        """The section of settings.toml."""
        lines = [f"[mapping.{self.source.name}]"]
        for key, value in self.declared.items():
            if not isinstance(value, dict):
                lines.append(f"{key} = {_quoted(str(value))}")
            elif key == "values":
                lines += [f"values.{name} = {_table(words)}" for name, words in value.items()]
            else:
                lines.append(f"{key} = {_table(value)}")
        return "\n".join(lines)


def profile(path: Path, source_name: str | None = None) -> Proposal:
    """Propose a mapping for a file; raises `PipelineError` where it can't be read at all.

    The source is the named one, else the landing folder the file lies in, else the one whose
    columns it resembles most.
    """
    contracts = load_contracts()
    form = guess_form(path)
    names = {source.name for source in contracts.sources}
    name = source_name or (
        path.resolve().parent.name if path.resolve().parent.name in names else ""
    )
    if name and name not in names:
        raise PipelineError(f"no source {name}; there are {', '.join(sorted(names))}")
    if name:
        proposal = Proposal(contracts.source(name))
    else:
        source, is_clear = guess_source(form, contracts)
        proposal = Proposal(source)
        if not is_clear:
            proposal.is_guess = True
            proposal.unclear.append(
                f"source: the columns don't settle which it is; {source.name} is a guess"
            )
    _propose(proposal, form)
    return proposal


def _propose(proposal: Proposal, form: Form) -> None:
    for key in ("encoding", "delimiter", "sheet"):
        value = getattr(form, key)
        if value is not None:
            proposal.declared[key] = value
    proposal.unclear += form.unclear
    matches = match_columns(form, proposal.source)
    _propose_columns(proposal, form, matches)
    _propose_dates(proposal, form, matches)
    _propose_decimal(proposal, form, matches)
    _propose_words(proposal, form, [match for match in matches if match.is_sure])
    others = also_resembled(form, proposal.source, load_contracts())
    if others:
        proposal.unclear.append(
            f"source: it has columns of {', '.join(others)} as well; a recipe makes several "
            "sources of one export, a mapping can't (docs/recipes)"
        )
    if len(form.rows) >= MAX_ROWS:
        proposal.unclear.append(f"rows: only the first {MAX_ROWS:,} were looked at")


def _propose_columns(proposal: Proposal, form: Form, matches: list[Match]) -> None:
    renamed = {
        match.delivered: match.column.name
        for match in matches
        if match.is_sure and match.delivered != match.column.name
    }
    if renamed:
        proposal.declared["columns"] = renamed
    for match in matches:
        if not match.is_sure:
            proposal.unclear.append(
                f"columns: {match.delivered!r} may be {match.column.name}; declare it if it is"
            )
    found = {match.column.name for match in matches}
    for name in proposal.source.required_columns:
        if name not in found:
            proposal.unclear.append(f"columns: nothing looks like the required column {name}")
    left = [name for name in form.columns if name not in {match.delivered for match in matches}]
    if left:
        proposal.unclear.append(f"columns: kept as they are, unknown: {', '.join(left)}")


def _propose_dates(proposal: Proposal, form: Form, matches: list[Match]) -> None:
    """Propose the one format of dates and the one of times, whatever columns they stand in."""
    values = {m.delivered: form.values(m.delivered) for m in matches if m.column.is_temporal}
    for key, has_time in (("date_format", False), ("timestamp_format", True)):
        found = {
            name: [value for value in texts if (":" in value) is has_time]
            for name, texts in values.items()
        }
        columns = [name for name, texts in found.items() if texts]
        if columns:
            of_all = [value for name in columns for value in found[name]]
            _propose_format(proposal, key, of_all, columns)


def _propose_format(
    proposal: Proposal, key: str, values: Sequence[str], columns: list[str]
) -> None:
    formats = detect_notation.date_formats(values)
    named = ", ".join(columns)
    if formats is None:
        proposal.unclear.append(f"{key}: no one format fits all values of {named}")
    elif len(formats) > 1:
        proposal.unclear.append(
            f"{key}: nothing in {len(values):,} values of {named} tells day from month; "
            f"declare {' or '.join(_quoted(text) for text in formats)}"
        )
    elif formats:
        proposal.declared.setdefault(key, formats[0])
        if proposal.declared[key] != formats[0]:
            proposal.unclear.append(f"{key}: {named} is written as {formats[0]}, others aren't")
        if "%y" in formats[0]:
            proposal.unclear.append(
                f"{key}: years have two digits; 50 to 99 are read as 1950 to 1999, or declare "
                "two_digit_years_from"
            )


def _propose_decimal(proposal: Proposal, form: Form, matches: list[Match]) -> None:
    values = [
        value
        for match in matches
        if match.column.type in ("integer", "number")
        for value in form.values(match.delivered)
    ]
    if not detect_notation.has_decimal_comma(values):
        return
    proposal.declared["decimal"] = ","
    if any("." in value for value in values):
        proposal.declared["thousands"] = "."
        proposal.unclear.append("decimal: numbers have both commas and dots; check a few")


def _propose_words(proposal: Proposal, form: Form, matches: list[Match]) -> None:
    """Propose what coded and true/false values stand for."""
    values: dict[str, dict[str, str]] = {}
    booleans: dict[str, str] = {}
    for match in matches:
        column = match.column
        words = sorted(set(form.values(match.delivered)))
        if column.type == "boolean":
            booleans |= _truths(words)
        elif column.allowed is not None:
            others = [word for word in words if word not in column.allowed][:_MAX_WORDS]
            found = {word: _nearest(word, column.allowed) for word in others}
            known = {word: ours for word, ours in found.items() if ours}
            if known:
                values[column.name] = known
            for word in others:
                if not found[word]:
                    proposal.unclear.append(
                        f"values.{column.name}: what does {word!r} stand for? One of "
                        f"{', '.join(column.allowed)}"
                    )
        elif column.name == "role" and "agent" not in words:
            proposal.unclear.append(
                "values.role: which of these are agents and coaches? "
                f"{', '.join(words[:_MAX_WORDS])}"
            )
    if booleans:
        proposal.declared["booleans"] = booleans
    if values:
        proposal.declared["values"] = values


def _truths(words: list[str]) -> dict[str, str]:
    plain = {"true", "false", "yes", "no", "1", "0"}
    others = [word for word in words if word.casefold() not in plain]
    return {
        word: "true" if word.casefold() in detect_notation.YES else "false"
        for word in others
        if word.casefold() in detect_notation.YES | detect_notation.NO
    }


def _nearest(word: str, allowed: tuple[str, ...]) -> str | None:
    best = max(allowed, key=lambda value: similarity(word, value))
    return best if similarity(word, best) >= 0.8 else None


def _drop_unusable(proposal: Proposal) -> None:
    """Take out of the proposal what settings wouldn't take; it stays unclear."""
    for key, value in [*proposal.declared.items()]:
        try:
            parse_settings({"mapping": {proposal.source.name: {key: value}}})
        except PipelineError:
            del proposal.declared[key]
            proposal.unclear.append(f"{key}: nothing that can be declared fits; see docs/recipes")


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _table(words: dict[str, str]) -> str:
    return "{" + ", ".join(f"{_quoted(one)} = {_quoted(two)}" for one, two in words.items()) + "}"


def _of_recipe(path: Path) -> str | None:
    """What to do with a file that a recipe knows, however it is written; None where none does."""
    recipe = recognised(path)
    if recipe is not None:
        return advice(recipe, path)
    written = as_written(guess_form(path))
    recipe = recognised(path, written=written) if written else None
    return advice(recipe, path, written) if recipe is not None else None


def main() -> int:
    """Print the proposal for the file on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--source", help="the landing source, where the file's folder doesn't say")
    arguments = parser.parse_args()
    try:
        told = None if arguments.source else _of_recipe(arguments.file)
        if told is not None:
            print(told)
            return 0
        proposal = profile(arguments.file, arguments.source)
        if proposal.is_guess:
            print(f"# {arguments.file.name} resembles no source and no recipe; to write one:")
            print(skeleton(guess_form(arguments.file)))
            return 0
        _drop_unusable(proposal)
        mapping = parse_settings({"mapping": {proposal.source.name: proposal.declared}}).mapping
        outcome = try_mapping(arguments.file, proposal.source, mapping[proposal.source.name])
    except (PipelineError, OSError) as error:
        print(f"{arguments.file.name}: {error}", file=sys.stderr)
        return 1
    print(f"# Proposed for {arguments.file.name}; check every line, then put it in settings.toml")
    print(proposal.toml())
    print("\n# Tried on the file:")
    print("\n".join(f"#   {line}" for line in outcome))
    if proposal.unclear:
        print("\n# What stays unclear:")
        print("\n".join(f"#   {line}" for line in proposal.unclear))
    return 0


if __name__ == "__main__":
    sys.exit(main())
