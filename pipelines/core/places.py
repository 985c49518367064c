"""Places of a workspace that aren't what they must be: a link to nothing, a file for a folder."""

from __future__ import annotations

from pathlib import Path

from pipelines.core.errors import PlaceError

_NEXT = "Nothing was changed"


def check_folder(folder: Path) -> None:
    """Raises `PlaceError` where something else than a folder lies there; nothing may lie there."""
    _check_link(folder)
    if folder.exists() and not folder.is_dir():
        raise PlaceError(
            f"{folder} must be a folder, and something else lies there: move it away and refresh "
            f"again. {_NEXT}"
        )


def check_file(file: Path) -> None:
    """Raises `PlaceError` where something else than a file lies there; nothing may lie there."""
    _check_link(file)
    if file.exists() and not file.is_file():
        raise PlaceError(
            f"{file} must be a file, and something else lies there: move it away and refresh "
            f"again. {_NEXT}"
        )


def _check_link(path: Path) -> None:
    if path.is_symlink() and not path.exists():
        raise PlaceError(
            f"{path} is a symbolic link to {path.readlink()}, where nothing lies: mount what "
            f"should be there, or mend the link, and refresh again. {_NEXT}"
        )
