"""The label of a group comes in; out come the words that name its people in a sentence."""

from __future__ import annotations

_ALREADY = "the group "


def group_of(label: str) -> str:
    """Return how a sentence names a group: "the compliance group", "the group “trained coaches”".

    A label that is such a name already, as "the group with it", stays as it is.
    """
    if label.startswith(_ALREADY):
        return label
    return f"the group “{label}”" if " " in label else f"the {label} group"
