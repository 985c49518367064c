"""From the shipped recipes to their pages in ``docs/recipes/``, so that the two can't differ."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from pipelines.config.recipes import SHIPPED, Recipe, find_recipe, recipe_names
from pipelines.core.versions import PROJECT

PAGES = PROJECT / "docs" / "recipes"
_GENERATED = "<!-- Written by `python -m pipelines.config.recipe_pages` from sql/recipes. -->"
_COMMENT = re.compile(r"^-- ?", re.MULTILINE)


def recipe_pages() -> dict[Path, str]:
    """The path and the text of every page, and of the list of all."""
    recipes = [find_recipe(name, SHIPPED) for name in recipe_names()]
    pages = {PAGES / f"{_file_name(recipe)}.md": _page(recipe) for recipe in recipes}
    return {**pages, PAGES / "list.md": _list(recipes)}


def _file_name(recipe: Recipe) -> str:
    return recipe.name.replace("/", "-")


def _page(recipe: Recipe) -> str:
    declared = recipe.declared
    feed = recipe.name.replace("/", "_")
    parts = [
        f"# {declared.title}",
        _GENERATED,
        f"Drop the files into `landing/{feed}/` (any name will do), and put into `settings.toml`:",
        f'```toml\n[feed]\n{feed} = "{recipe.name}"\n```',
        f"`make try FEED={feed}` shows what becomes of the newest file.",
        f"- **Layout:** {declared.layout}.",
        f"- **Inferred:** {declared.inferred or 'nothing'}.",
        f"- **The header must have:** {_names(declared.columns)}.",
        f"- **It may have:** {_names(declared.optional)}.",
    ]
    if declared.lookups:
        parts.append(f"- **Looks up:** {_names(declared.lookups)}, which another feed gives.")
    if declared.parameters:
        parts.append("## What may be set")
        parts.append(
            f'Under `[feed.{feed}]`, with `recipe = "{recipe.name}"`, as '
            "`parameters = {name = value}`:"
        )
        parts.append(
            "\n".join(f"- `{name} = {_toml(value)}`" for name, value in declared.parameters.items())
        )
    for source, query in recipe.queries.items():
        parts += [f"## What it makes: `{source}`", _header_comment(query)]
    return "\n\n".join(_joined(parts)) + "\n"


def _joined(parts: Sequence[str]) -> list[str]:
    """Neighbouring points of a list as one block."""
    blocks: list[str] = []
    for part in parts:
        if part.startswith("- **") and blocks and blocks[-1].startswith("- **"):
            blocks[-1] += f"\n{part}"
        else:
            blocks.append(part)
    return blocks


def _names(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "nothing else that is read"


def _toml(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value).lower()


def _header_comment(query: str) -> str:
    lines = []
    for line in query.splitlines():
        if not line.startswith("--"):
            break
        lines.append(_COMMENT.sub("", line))
    return " ".join(lines)


def _list(recipes: Sequence[Recipe]) -> str:
    rows = [
        f"| [`{each.name}`]({_file_name(each)}.md) | {each.declared.title} | "
        f"{', '.join(each.sources)} |"
        for each in recipes
    ]
    table = "\n".join(["| recipe | export | makes |", "|---|---|---|", *rows])
    return f"# Shipped recipes\n\n{_GENERATED}\n\n{table}\n"


def main() -> int:
    """Write the pages, or with ``--check`` say which aren't up to date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    is_check = parser.parse_args().check
    pages, stale = recipe_pages(), []
    for path, text in pages.items():
        if not path.exists() or path.read_text("utf-8") != text:
            stale.append(path.name)
            if not is_check:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, "utf-8")
    if stale and is_check:
        print(f"not up to date: {', '.join(stale)}; run python -m pipelines.config.recipe_pages")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
