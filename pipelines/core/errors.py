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
