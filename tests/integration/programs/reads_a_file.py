"""Reading one delivery of exits, and by how many megabytes the process grew: FILE SOUND_FILE."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

from pipelines.contracts.sources import load_contracts
from pipelines.core.errors import GateError
from pipelines.ingest.read.landing_folder import landing_file
from pipelines.ingest.read.readers import read_delivery


def _megabytes() -> int:
    """The most memory that the process has had so far."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most // 1024 // (1024 if sys.platform == "darwin" else 1)


def main() -> None:
    """Read a sound file first, so that what every reading costs is there already."""
    path, sound = Path(sys.argv[1]), Path(sys.argv[2])
    source = load_contracts().source("attrition")
    content = path.read_bytes()
    read_delivery(sound.read_bytes(), landing_file(sound), source)
    before = _megabytes()
    try:
        print("taken", read_delivery(content, landing_file(path), source).n_rows)
    except GateError as error:
        print("refused:", error)
    print(_megabytes() - before)


if __name__ == "__main__":
    main()
