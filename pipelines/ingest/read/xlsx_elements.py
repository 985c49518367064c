"""XML in, its elements one after the other out; nothing is kept, so that no file costs a tree."""

from __future__ import annotations

from xml.parsers import expat

from pipelines.core.errors import GateError
from pipelines.ingest.read.zip_package import NOT_SOUND

MAX_DEPTH = 50
"""Elements within elements; workbooks have less than ten."""


class Elements:
    """Walks through XML; a subclass is told of each element's begin and of its end."""

    def __init__(self) -> None:
        self.path: list[str] = []
        self.text: list[str] | None = None

    def walk(self, part: bytes) -> None:
        """Go through a part; raises `GateError` where it declares entities or is too deep."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._refuse_entities
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.Parse(part, True)

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins; ``path`` has the names down to it."""
        raise NotImplementedError

    def end(self, name: str) -> None:
        """An element ends."""
        raise NotImplementedError

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        self.path.append(name)
        if len(self.path) > MAX_DEPTH:
            raise GateError(f"{NOT_SOUND} (its XML is nested too deep); save it again in Excel")
        self.begin(name, attributes)

    def _end(self, tag: str) -> None:
        self.end(self.path.pop())

    def _characters(self, text: str) -> None:
        if self.text is not None:
            self.text.append(text)

    def _refuse_entities(self, *_: object) -> None:
        raise GateError(f"{NOT_SOUND} (its XML declares entities); save it again in Excel")
