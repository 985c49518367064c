"""Templates -> the same, whose words and expressions carry the signs of their lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jinja2 import Environment, nodes

from dashboards.number_format import printed
from pipelines.lineage.marked_values import origins_of
from pipelines.lineage.template_signs import Signs, Site

TEMPLATES = "dashboards/templates"


def signing(signs: Signs, **options: Any) -> Environment:
    """Return an environment as `jinja2.Environment` does, whose pages carry signs."""
    made = _Signing(**{**options, "finalize": _printed})
    made.signs = signs
    return made


def _printed(value: Any) -> Any:
    return printed(f"{value}" if origins_of(value) else value)


class _Signing(Environment):
    signs: Signs

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        for output in tree.find_all(nodes.Output):
            output.nodes = [each for node in output.nodes for each in self._signed(node, name)]
        return tree

    def _signed(self, node: nodes.Expr, name: str | None) -> Iterator[nodes.Expr]:
        file, line = f"{TEMPLATES}/{name}", node.lineno
        if not isinstance(node, nodes.TemplateData):
            begin = self.signs.begin(Site(file, line, is_expression=True))
            yield nodes.TemplateData(begin, lineno=line)
            yield node
            yield nodes.TemplateData(self.signs.end, lineno=line)
            return
        told = [
            self.signs.begin(Site(file, line + n, is_expression=False)) + text
            if text.strip()
            else text
            for n, text in enumerate(node.data.split("\n"))
        ]
        yield nodes.TemplateData("\n".join(told), lineno=line)
