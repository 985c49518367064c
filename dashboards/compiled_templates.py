"""Compiled templates from one process to the next, where Python keeps its own compiled modules.

Compiling the few templates of a night without news takes longer than filling them in.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

from jinja2 import FileSystemBytecodeCache
from jinja2.bccache import Bucket

from pipelines.core.versions import code_version

_FOLDER = Path(__file__).with_name("__pycache__")


class CompiledTemplates(FileSystemBytecodeCache):
    """Holds for one version of the program and of jinja2; a folder that can't be written is left.

    Who has Python write no compiled modules gets no compiled templates either.
    """

    def __init__(self, folder: Path = _FOLDER) -> None:
        super().__init__(str(folder))

    def get_source_checksum(self, source: str) -> str:
        """A digest of the template and of all that compiling it hangs on."""
        return super().get_source_checksum(f"{code_version()} {version('jinja2')} {source}")

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a compiled template, where that can be."""
        if sys.dont_write_bytecode:
            return
        with suppress(OSError):
            Path(self.directory).mkdir(exist_ok=True)
            super().dump_bytecode(bucket)
