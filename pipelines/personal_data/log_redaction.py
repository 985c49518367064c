"""Which delivered values and names may appear in logs that people other than their owner read.

A refusal names file, line, column and value, and so reaches the terminal, the scheduler's log and
Dagster's storage. A value is told there only if its column isn't about a person's identity, health
or words, and if it doesn't look like something that stands for a person: an export whose columns
have slipped brings names and addresses into any column. What isn't told stands in the quarantine.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from pipelines.contracts.sources import PersonalData

NOT_TOLD = "the value"
"""The words in the place of a value."""
NAME_NOT_TOLD = "a column whose name isn't told"

MAX_SHAPE = 24
_TELLABLE: frozenset[PersonalData] = frozenset(["none", "quasi_identifier"])
_DATE = r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([T ]\d{1,2}(:\d{1,2}){1,2}(\.\d+)?(Z|[+-]\d\d:?\d\d)?)?"
_NUMBER = r"[+-]?\d{0,4}([.,]\d{1,6})?\s?([a-z]{1,3}|%)?"
_WORD = r"[a-z]{1,16}|[A-Za-z]{1,2}|n/a|[a-z]{1,12}[_-][a-z]{1,12}([_-][a-z]{1,12})?"
_PLAIN = re.compile(f"({_DATE})|({_NUMBER})|({_WORD})|None|NULL|NaN|N/A")
"""A date, a number of at most four digits before its mark, or a word in small letters."""
_COLUMN_NAME = re.compile(r"\w{1,40}")
_WORDS = re.compile(r"[\w.#%&/()-]{1,40}( [\w.#%&/()-]{1,40}){0,5}")
"""A heading of one to six words; addresses of people and dates with blanks are none."""
_QUOTED = re.compile(r"(?<!\w)'[^']*'|\"[^\"]*\"")
"""Values stand in quotes, as `loggable` writes them; an apostrophe within a word is none."""
_MANY_DIGITS = re.compile(r"\d{3}")
_ADDRESS_OR_PHONE = re.compile(r"[\w.+%-]+@[\w-]+(\.[\w-]+)*|\+(?:[ ./()-]?\d){7,15}")


def may_be_logged(value: str, personal_data: PersonalData) -> bool:
    """Whether a wrong value of such a column may be logged."""
    return personal_data in _TELLABLE and _PLAIN.fullmatch(value.strip()) is not None


def loggable(value: object, personal_data: PersonalData) -> str:
    """A value as a message shows it: in quotes, or `NOT_TOLD`."""
    text = str(value)
    return repr(text) if may_be_logged(text, personal_data) else NOT_TOLD


def shape_of(value: str) -> str:
    """A value's form, which doesn't tell it: 9 for digits, a for letters."""
    return re.sub(r"[^\W\d_]+", "a", re.sub(r"\d+", "9", " ".join(value.split())))[:MAX_SHAPE]


def loggable_column(name: str) -> str:
    """A delivered column's name: itself where it is one word, else `NAME_NOT_TOLD`.

    Where a line of data stands in the place of the header, or an export has a column per person,
    names of columns are names of people, addresses and numbers.
    """
    is_plain = _COLUMN_NAME.fullmatch(name) and not _MANY_DIGITS.search(name)
    return name if is_plain else NAME_NOT_TOLD


def are_all_loggable(names: Sequence[str]) -> bool:
    """Whether every name may be logged: whether these look like the names of columns at all."""
    return all(loggable_column(name) == name for name in names)


def are_words(name: str) -> bool:
    """Whether a name reads like that of a column in a header that is known to be one."""
    return bool(_WORDS.fullmatch(name)) and not _MANY_DIGITS.search(name)


def loggable_columns(names: Sequence[str]) -> str:
    """List names of columns in one line; redacted ones are counted."""
    plain = [name for name in names if loggable_column(name) == name]
    n_others = len(names) - len(plain)
    if n_others == 1:
        plain.append(NAME_NOT_TOLD)
    elif n_others:
        plain.append(f"{n_others} columns whose names aren't told")
    return ", ".join(plain)


def loggable_file(name: str) -> str:
    """Return a file's name with each mail address and telephone number replaced by a short mark.

    The mark tells two such files apart; a name of a person can't be told from other words.
    """
    stem, dot, ending = name.rpartition(".")
    if not dot:
        return _ADDRESS_OR_PHONE.sub(_mark, name)
    return _ADDRESS_OR_PHONE.sub(_mark, stem) + dot + ending


def without_values(text: str) -> str:
    """A line of the log as it may leave the house: no quoted value, address or telephone number."""
    return _ADDRESS_OR_PHONE.sub(_mark, _QUOTED.sub(NOT_TOLD, text))


def _mark(found: re.Match[str]) -> str:
    return f"xxx-{hashlib.sha256(found[0].encode()).hexdigest()[:4]}"
