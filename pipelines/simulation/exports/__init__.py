"""The sample centre as the exports of systems, instead of files with canonical columns."""
