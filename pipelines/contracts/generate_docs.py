"""Write the data dictionary, the metrics and the claims, or check that they are up to date.

``python -m pipelines.contracts.generate_docs [--check]``
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from pipelines.contracts.claims import Claim, load_claims
from pipelines.contracts.definitions import Definition, load_definitions
from pipelines.contracts.sources import Column, Contracts, Source, load_contracts
from pipelines.contracts.tables import Metric, Table, load_metrics, load_tables
from pipelines.core.queries import macros

DOCS_FOLDER = Path(__file__).resolve().parents[2] / "docs"
_GENERATED = (
    "<!-- Written by `python -m pipelines.contracts.generate_docs`; change the contracts. -->"
)

_PERSONAL = {
    "none": "not about people",
    "group": "several people",
    "pseudonym": "pseudonym",
    "person": "one person",
    "wellbeing": "a person’s own answer; NULL unless `analyst_person_scores`",
}
_KINDS = {
    "outcome": "Outcomes",
    "measure": "Measures",
    "design": "Designs",
    "word": "Words",
}
_DIRECTION = {"lower_is_better": "less is better", "higher_is_better": "more is better"}


def main(arguments: list[str] | None = None) -> int:
    """Write every document, or with ``--check`` name those that differ; exit status 0 or 1."""
    parser = argparse.ArgumentParser(prog="python -m pipelines.contracts.generate_docs")
    parser.add_argument("--check", action="store_true", help="change nothing, fail on a difference")
    is_check = parser.parse_args(arguments).check
    outdated = []
    for path, text in documents().items():
        if not is_check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        elif not path.is_file() or path.read_text(encoding="utf-8") != text:
            outdated.append(path.name)
    for name in outdated:
        print(
            f"docs/{name} doesn’t follow from the contracts; "
            "run `python -m pipelines.contracts.generate_docs`",
            file=sys.stderr,
        )
    return 1 if outdated else 0


def documents() -> dict[Path, str]:
    """The path and the text of every generated document."""
    return {
        DOCS_FOLDER / "data-dictionary.md": data_dictionary(load_contracts(), load_tables()),
        DOCS_FOLDER / "metrics.md": metrics_page(load_metrics(), load_definitions(), load_claims()),
        DOCS_FOLDER / "claims.md": claims_page(load_claims()),
    }


def data_dictionary(contracts: Contracts, tables: Sequence[Table]) -> str:
    """Every landing column, every column of the analysts' file, and the private tables."""
    parts = [
        "# Data dictionary",
        _GENERATED,
        "First what is delivered, then what is published, then what stays private.",
        "## What is delivered",
        "A column marked * must be in every file and filled in every row. Rows with the key of an "
        "earlier row replace it.",
        *(_source_section(source) for source in contracts.landing),
        "## What is published",
        "What stands in `published/analytics.duckdb`. The same texts are the COMMENTs of its "
        "tables and columns, and `meta.column_info` lists them. Fractions lie between 0 and 1. A "
        "value that is NULL in a row whose `status` is suppressed was withheld for privacy; what "
        "any other NULL means is said by the same column.",
        *(_table_section(table) for table in tables if table.published),
        "## What can be called",
        "Macros in `published/analytics.duckdb`; their descriptions stand in `duckdb_functions()`, "
        "too. A macro takes its tables from the file in use: of an attached file say `use demo;` "
        "first, or read the table that it reads by its whole name (`demo.marts.hire_month`).",
        _markdown_table(
            ("Macro", "What it gives"),
            [(f"`{each.call}`", each.description) for each in macros()],
        ),
        "## What stays private",
        _markdown_table(
            ("Table", "Grain", "What it is"),
            [
                (f"`{table.full_name}`", table.grain, table.description)
                for table in tables
                if not table.published
            ],
        ),
    ]
    return "\n\n".join(parts) + "\n"


def metrics_page(
    metrics: Sequence[Metric], definitions: Sequence[Definition], claims: Sequence[Claim]
) -> str:
    """Every outcome, measure, design and word with its definition, then the claim register."""
    by_id = {metric.outcome: metric for metric in metrics}
    parts = [
        "# Metrics and claims",
        _GENERATED,
        "What every number on the pages means, and the query that gives it in the analysts' file "
        "(paste it into `make sql`). The page `definitions.html` of a publication says the same; "
        "`make where metric=voluntary_exit` finds the code. Every outcome is compared between the "
        "two kinds of coaching as [method](method.md) says.",
    ]
    for kind, heading in _KINDS.items():
        parts.append(f"## {heading}")
        parts += [
            _definition_section(each, by_id.get(each.id))
            for each in definitions
            if each.kind == kind
        ]
    parts += [
        "## Claims",
        "What practitioners say, and what tests it; [claims](claims.md) has the details and "
        "`outcomes.claim` today’s verdicts.",
        _markdown_table(
            ("Claim", "In words", "Tested by"),
            [(f"`{claim.claim}`", claim.wording, claim.tested_by) for claim in claims],
        ),
    ]
    return "\n\n".join(parts) + "\n"


def claims_page(claims: Sequence[Claim]) -> str:
    """Every claim with its estimates, what they assume and what would change our mind."""
    parts = [
        "# The claim register",
        _GENERATED,
        "What practitioners say about compassionate coaching, in plain words, and the estimates "
        "that tell. The claims are theirs, not ours; that one is supported means that what was "
        "seen is what it says one would see, under the assumptions named beside it. How the "
        "estimators and the verdicts work stands in [method](method.md#the-claim-register); "
        "today’s verdicts are in `outcomes.claim`, every number behind them in "
        "`outcomes.claim_estimate`. Here the two kinds of coaching have their default names.",
        *(_claim_section(claim) for claim in claims if claim.is_testable),
        "## Not testable here",
        "Nothing an organisation’s records hold could test these:",
        "\n".join(
            f"- {claim.wording} (`{claim.claim}`)" for claim in claims if not claim.is_testable
        ),
    ]
    return "\n\n".join(parts) + "\n"


def _claim_section(claim: Claim) -> str:
    rows = [
        (
            each.label.replace("{arm_a}", "compassionate").replace("{arm_b}", "compliance"),
            f"`{each.estimator}`",
            "" if each.expects is None else f"{each.expects} than {each.no_difference:g}",
        )
        for each in claim.estimates
    ]
    needs = "\n- **Verdict:** every estimate with an expectation has to speak for it"
    note = f"\n- **Bear in mind:** {claim.note}." if claim.note else ""
    return (
        f"## {claim.wording.rstrip('.')} (`{claim.claim}`)\n\n"
        f"{claim.source}. Tested by: {claim.tested_by[0].lower()}{claim.tested_by[1:]}.\n\n"
        f"{_markdown_table(('Estimate', 'Estimator', 'The claim expects it'), rows)}\n\n"
        f"- **Assumes:** {claim.assumes}\n"
        f"- **Would change our mind:** {claim.would_change_our_mind}"
        f"{needs if claim.needs == 'all' else ''}{note}"
    )


def _source_section(source: Source) -> str:
    rows = [
        (
            f"`{each.name}`{' *' if each.required else ''}",
            each.type,
            _allowed(each),
            each.personal_data.replace("_", " "),
            each.description,
        )
        for each in source.columns
    ]
    need = "required" if source.required else "optional"
    key = ", ".join(f"`{name}`" for name in source.key)
    return "\n\n".join(
        (
            f"### `{source.name}` ({need})",
            f"{source.description} Grain: one row per {source.grain}. Key: {key}.",
            _markdown_table(("Column", "Type", "Allowed", "Personal data", "Meaning"), rows),
        )
    )


def _allowed(column: Column) -> str:
    """The values a landing column may have; empty where its type says it all."""
    if column.allowed is not None:
        return ", ".join(f"`{value}`" for value in column.allowed)
    if column.unit is None:
        return ""
    return f"{column.min:g} to {column.max:g} {column.unit}"


def _table_section(table: Table) -> str:
    rows = [
        (f"`{each.name}`", each.type, each.unit or "", _PERSONAL[each.personal], each.meaning)
        for each in table.columns
    ]
    key = ", ".join(f"`{name}`" for name in table.key)
    return "\n\n".join(
        (
            f"### `{table.full_name}`",
            f"{table.summary} Key: {key}.",
            _markdown_table(("Column", "Type", "Unit", "Whose data", "Meaning"), rows),
        )
    )


def _definition_section(definition: Definition, metric: Metric | None) -> str:
    """One definition; an outcome's unit and whether it is estimated come from its metric."""
    unit = f"- **Unit:** {metric.unit}; {_DIRECTION[metric.direction]}\n" if metric else ""
    is_waiting = metric is not None and not metric.is_computed
    status = "\n- **Status:** not estimated in this version" if is_waiting else ""
    return (
        f"### {definition.title} (`{definition.id}`)\n\n"
        f"{unit}"
        f"- **Formula:** {definition.formula}\n"
        f"- **Numerator:** {definition.numerator}\n"
        f"- **Denominator:** {definition.denominator}\n"
        f"- **Left out:** {definition.exclusions}\n"
        f"- **Source:** {definition.source}\n"
        f"- **Bear in mind:** {definition.caveats}{status}\n\n"
        f"```sql\n{definition.query.rstrip()};\n```"
    )


def _markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    sys.exit(main())
