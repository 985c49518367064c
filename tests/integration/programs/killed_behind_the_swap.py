"""A cut that is killed after its publication stands, before it is noted that it does."""

from __future__ import annotations

import os
import signal
import sys

import assets.publication
from assets.commands.cut import main


def _killed(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    assets.publication.confirm_refresh = _killed
    sys.exit(main())
