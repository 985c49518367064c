"""What stands in an identifier's place and is none, as SQL conditions on cleaned text."""

from __future__ import annotations

from pipelines.contracts.sources import PERSON_COLUMNS, Column
from pipelines.core.sql_text import literal

PLACEHOLDER, LOST_DIGITS, NESTED = "placeholder", "lost_digits", "nested"
NO_PLACEHOLDER = "an identifier: an error, NULL or a lone mark stands for nobody"
PLAIN = "an identifier: it is a list or an object of JSON; deliver the field in it that identifies"
IN_FULL = "an identifier in full: its digits are lost; export the column as text"

_ABSENT = (
    "null|nil|none|nan|n[./]a[.]?|<na>|k[. ]?a[.]?|undefined|unknown|unassigned|vacant|tb[acd]"
)
_BRACKETED = r"[(<\[](null|none|blank|blanks|empty|leer|unassigned|unknown)[)>\]]"
_NOT = "not[ _-]?(assigned|applicable|available|known|set|found)"
_ROLES = (
    "manager|supervisor|boss|lead|leader|team[ _-]?lead|coach|rater|reviewer|evaluator|agent|"
    "employee|worker|user|owner|person|one|body|name|id|value|data|match|entry"
)
_MARKS = r"[-–—_.?*/\\#]{1,3}|\\n"
_ERRORS = r"#[a-z0-9/_]+[!?]?|err:[0-9]+"
_NOBODY = "|".join(
    (_ABSENT, _BRACKETED, _NOT, f"(no|without|kein|keine|sans)[ _-]({_ROLES})", _MARKS, _ERRORS)
)
_LOST = r"[+-]?[0-9]+([.,][0-9]+)?[eE][+][0-9]+|[+-]?[0-9]+[.,][0-9]+[eE][0-9]+|[+-]?[0-9]+[.,]0+"


def is_identifier(column: Column) -> bool:
    """Whether the values of a column stand for somebody or something."""
    return column.type == "text" and column.personal_data == "identifier"


def is_placeholder(column: Column, text: str) -> str:
    """SQL: whether a text says that there is none; 0 says so of people only."""
    names_person = column.name in PERSON_COLUMNS or column.name == "other_id"
    zero = "|0([.,]0+)?" if names_person else ""
    return f"regexp_full_match(lower({text}), {literal(_NOBODY + zero)})"


def is_nested(text: str) -> str:
    """SQL: whether a text is a list or an object, as JSON has them."""
    return f"regexp_full_match({text}, '[{{].*[}}]|[\\[].*[\\]]')"


def has_lost_digits(text: str) -> str:
    """SQL: whether a text is a number that a spreadsheet or a float made of an identifier."""
    return f"regexp_full_match({text}, {literal(_LOST)})"
