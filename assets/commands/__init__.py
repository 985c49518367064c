"""The commands beside the nightly job, one module each: ``python -m assets.commands.erase``."""
