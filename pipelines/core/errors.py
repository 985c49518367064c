"""Errors that a person can act on: what is wrong, where, what was expected, what happens next."""

from __future__ import annotations


class PipelineError(Exception):
    """An expected failure whose message is shown as it is, without a stack trace."""


class SettingsError(PipelineError):
    """``settings.toml`` has an unknown key or an impossible value; nothing was touched."""


class GateError(PipelineError):
    """A landing file can't be taken at all; it stays where it is and the others go on."""


class RefreshBusyError(PipelineError):
    """Another refresh holds the workspace."""


class DataRefusedError(PipelineError):
    """A blocking quality rule failed; the last good publication is untouched."""


class KeyFileError(PipelineError):
    """A key is missing, too short, or can be read by others."""


class MachineError(PipelineError):
    """Something of the machine, not of the data or the code, is in the way."""


class DiskFullError(MachineError):
    """There is no room left to write."""


class MemoryShortError(MachineError):
    """There is too little memory."""


class ReadOnlyError(MachineError):
    """What has to be written can't be."""


class NotAllowedError(MachineError):
    """This user may not read or write what has to be read or written."""


class PlaceError(MachineError):
    """Something else lies where a folder or a file of the workspace must be."""


class RawStoreError(MachineError):
    """The object store that keeps raw can't be used, or may not be."""


class WarehouseTooNewError(MachineError):
    """The warehouse was written by a newer version of this program, or of its database."""


class WarehouseLockedError(MachineError):
    """Another program holds the warehouse."""


class WarehouseDamagedError(MachineError):
    """The warehouse's file isn't what was written."""


class PublishedUnreadableError(MachineError):
    """The analysts' file that stands can't be read."""


class StorageError(MachineError):
    """Dagster's storage can't be read or written."""
