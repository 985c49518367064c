"""A command that kills itself when it prints a text: ``killed_at TEXT MODULE ARGUMENTS``.

As hard as a kill from outside, and always at the same step.
"""

from __future__ import annotations

import io
import os
import runpy
import signal
import sys


class _Fatal(io.TextIOBase):
    """Standard output or error up to a text."""

    def __init__(self, stream: io.TextIOBase, text: str) -> None:
        self._stream, self._text = stream, text

    def write(self, words: str) -> int:
        """Write on; with the text in it, be gone at once."""
        n_written = self._stream.write(words)
        self._stream.flush()
        if self._text in words:
            os.kill(os.getpid(), signal.SIGKILL)
        return n_written

    def flush(self) -> None:
        """Flush what stands behind."""
        self._stream.flush()


def main() -> None:
    """Become the command, with an output that kills."""
    _, text, module, *arguments = sys.argv
    sys.stdout = _Fatal(sys.stdout, text)  # type: ignore[assignment,arg-type]
    sys.stderr = _Fatal(sys.stderr, text)  # type: ignore[assignment,arg-type]
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__")


if __name__ == "__main__":
    main()
