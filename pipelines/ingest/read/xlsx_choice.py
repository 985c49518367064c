"""From a workbook's sheets to those that are read: every one with the columns that are needed.

A report may have a sheet per month or per site, beside a cover and a pivot table. Where it isn't
certain that a sheet belongs to the others, nothing is read: a sheet left out would be missed by
nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from pipelines.config.mapping import SourceMapping
from pipelines.contracts.sources import Source
from pipelines.core.errors import GateError
from pipelines.ingest.read.delivery import (
    MAX_TITLE_ROWS,
    Header,
    column_names,
    find_header,
    required_among,
)
from pipelines.ingest.read.integrity import PrivateGateError
from pipelines.ingest.read.xlsx_sheet import Sheet
from pipelines.personal_data.log_redaction import loggable_column

Fitting = tuple[Sheet, Header]
NEARLY, FEWEST_NEARLY = 0.5, 2
"""Of the required columns: a sheet with so many, but not all, is one whose header is wrong."""


def chosen(sheets: Sequence[Sheet], source: Source, mapping: SourceMapping) -> list[Fitting]:
    """The sheets that are read, each with its header, in the workbook's order.

    Raises `GateError` where none will do, or one may belong to them and can't be read.
    """
    if mapping.sheet is not None:
        sheets = _declared(sheets, mapping.sheet)
    fitting: list[Fitting] = []
    refusals: list[tuple[Sheet, GateError]] = []
    for sheet in sheets:
        try:
            fitting.append((sheet, find_header(sheet.row, len(sheet.rows), source, mapping)))
        except GateError as error:
            refusals.append((sheet, error))
    if len(sheets) == 1 and refusals:
        raise refusals[0][1]
    for sheet, refusal in refusals:
        if _nearly_fits(sheet, source, mapping):
            raise _of_sheet(sheet, refusal, source)
    if not fitting:
        reason = f"no sheet has the required columns {', '.join(source.required_columns)}"
        raise PrivateGateError(f"{reason} ({names_of(sheets)})", reason)
    if mapping.sheet is None:
        _check_hidden(fitting, source)
    return fitting


def names_of(sheets: Sequence[Sheet]) -> str:
    """List sheets by their places, and their names as far as they may be logged."""
    return f"the sheets: {', '.join(map(_named, sheets)) or 'none'}"


def notes_on(fitting: Sequence[Fitting], sheets: Sequence[Sheet]) -> tuple[str, ...]:
    """Which sheets of the workbook were read, and which weren't."""
    if len(sheets) == 1:
        return ()
    read = [sheet for sheet, _ in fitting]
    others = [sheet for sheet in sheets if sheet not in read and sheet.rows]
    told = [f"read {_counted(len(read))} of {len(sheets)}: {', '.join(map(_named, read))}"]
    if others:
        told.append(
            f"left aside, without the columns that are needed: {', '.join(map(_named, others))}"
        )
    return tuple(told)


def _counted(n: int) -> str:
    return "1 sheet" if n == 1 else f"{n} sheets"


def _named(sheet: Sheet) -> str:
    """A sheet's place in the workbook, with its name if that is one word."""
    is_told = loggable_column(sheet.name) == sheet.name
    return f"{sheet.position} {sheet.name!r}" if is_told else str(sheet.position)


def _declared(sheets: Sequence[Sheet], pattern: str) -> list[Sheet]:
    """The sheets of a declared name, in which * and ? stand for any signs."""
    found = [sheet for sheet in sheets if sheet.name == pattern]
    found = found or [sheet for sheet in sheets if fnmatchcase(sheet.name, pattern)]
    if not found:
        reason = f"the workbook has no sheet {pattern!r}, which settings.toml declares"
        raise PrivateGateError(f"{reason} ({names_of(sheets)})", reason)
    return found


def _nearly_fits(sheet: Sheet, source: Source, mapping: SourceMapping) -> bool:
    """Whether a sheet that can't be read has most of the columns that are needed."""
    n_known = max(
        (
            len(required_among(column_names(sheet.row(index)), source, mapping))
            for index in range(min(len(sheet.rows), MAX_TITLE_ROWS + 1))
        ),
        default=0,
    )
    return n_known >= max(FEWEST_NEARLY, NEARLY * len(source.required_columns))


def _of_sheet(sheet: Sheet, error: GateError, source: Source) -> GateError:
    way_out = (
        f"or say by `sheet` under [mapping.{source.name}] in settings.toml which ones are read"
    )
    private = f"sheet {_named(sheet)}: {error}; {way_out}"
    if isinstance(error, PrivateGateError):
        return PrivateGateError(
            private, f"sheet {sheet.position}: {error.public_reason}; {way_out}"
        )
    return GateError(private)


def _check_hidden(fitting: Sequence[Fitting], source: Source) -> None:
    """Refuse a hidden sheet beside ones that everybody sees: it may be an older state of them."""
    hidden = [sheet for sheet, _ in fitting if sheet.is_hidden]
    if hidden and len(hidden) < len(fitting):
        raise GateError(
            f"the workbook has hidden sheets with the same columns as the others "
            f"({', '.join(map(_named, hidden))}); show them if they are to be read, delete them if "
            f"not, or say by `sheet` under [mapping.{source.name}] in settings.toml which ones are"
        )
