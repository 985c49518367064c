"""Axe's rules on an open page."""

from __future__ import annotations

import json
from typing import Any

from axe_playwright_python.sync_playwright import Axe

ASKED = {"resultTypes": ["violations"], "preload": False}
"""Axe would fetch the style once more, which the pages' policy forbids."""
REST = {**ASKED, "rules": {"color-contrast": {"enabled": False}}}
OUTSIDE_OF_DRAWINGS = "{exclude: [['[role=img][aria-labelledby] svg']]}"
"""What is in a named picture is read to nobody; that each has a name is a rule on its outside."""
CONTRAST = {**ASKED, "runOnly": ["color-contrast"]}
"""The one rule that a colour scheme can break, and four fifths of what all rules take."""
DISTINCT = """() => {
    const seen = new Set();
    for (const one of document.querySelectorAll('body *')) {
        const hasText = [...one.childNodes].some(n => n.nodeType === 3 && n.data.trim());
        if (!hasText || !one.checkVisibility() || one.getBoundingClientRect().width < 2) continue;
        const { color, fontSize, fontWeight, textShadow } = getComputedStyle(one);
        const looks = [one.closest('.chart')?.id, color, fontSize, fontWeight, textShadow];
        for (let each = one; each; each = each.parentElement) {
            const s = getComputedStyle(each);
            if (s.position === 'absolute' || s.position === 'fixed') looks.push(each.className);
            looks.push(s.backgroundColor, s.backgroundImage, s.opacity, s.filter);
        }
        const key = looks.join('|');
        if (!seen.has(key)) one.setAttribute('data-distinct', '');
        seen.add(key);
    }
}"""
"""Marks the first of all texts that have one colour, size and weight on the same grounds."""
UNMARK = """() => document.querySelectorAll('[data-distinct]').forEach(
    one => one.removeAttribute('data-distinct'))"""


def assert_accessible(page: Any, *, is_contrast_alone: bool = False) -> None:
    """No rule is broken; who breaks which stands in the message.

    Texts that look alike have one contrast, so it is looked at once for each of the looks.
    """
    if not page.evaluate("Boolean(window.axe)"):
        page.evaluate(Axe().axe_script)
    broken = [] if is_contrast_alone else _broken(page, OUTSIDE_OF_DRAWINGS, REST)
    page.evaluate(DISTINCT)
    broken += _broken(page, "{include: [['[data-distinct]']]}", CONTRAST)
    page.evaluate(UNMARK)
    assert broken == [], (page.url, broken)


def _broken(page: Any, context: str, options: dict[str, Any]) -> list[Any]:
    told: list[Any] = page.evaluate(
        f"""axe.run({context}, {json.dumps(options)}).then(found => found.violations.map(
            each => [each.id, each.nodes.slice(0, 5).map(node => node.target)]))"""
    )
    return told
