"""The YAML files beside this module: a file with every entry, or a folder of files with some each.

In a folder the entry's ``order`` says where it stands among all of them, in the documents and on
the pages; one without comes last. Entries that share text (by YAML's anchors) share a file.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from pipelines.core.errors import PipelineError

CONTRACTS_FOLDER = Path(__file__).resolve().parent


class ContractError(PipelineError):
    """A contract file contradicts itself or says something that isn't known."""


def read_yaml(text: str) -> Any:
    """Plain values in YAML; read by libyaml, where it is installed, in a sixth of the time."""
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def read_contract(path: Path) -> dict[str, Any]:
    """The entries of one file by name; raises `ContractError` naming the file."""
    try:
        content = read_yaml(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ContractError(f"{path.name} can’t be read: {error}") from error
    if not isinstance(content, dict):
        raise ContractError(f"{path.name}: expected one entry per name")
    return content


def read_folder(folder: Path) -> dict[str, Any]:
    """The entries of every file of a folder by name, in their order, without it.

    Raises `ContractError` where a file isn't readable or a name stands twice.
    """
    entries: dict[str, Any] = {}
    for path in sorted(folder.glob("*.yml")):
        for name, entry in read_contract(path).items():
            if name in entries:
                raise ContractError(f"{folder.name}/{path.name}: {name} stands in another file too")
            entries[name] = entry
    places = {name: entry.pop("order", float("inf")) for name, entry in entries.items()}
    return {name: entries[name] for name in sorted(entries, key=places.__getitem__)}
