"""A refresh that fails after its publication stands, with an error that names somebody."""

from __future__ import annotations

import sys

import assets.publication
from assets.refresh import main


def _broken(*_: object) -> None:
    raise RuntimeError("the name of somebody")


if __name__ == "__main__":
    assets.publication.confirm_refresh = _broken
    sys.exit(main())
