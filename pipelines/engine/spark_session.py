"""An address and a time zone -> a Spark session whose settings let it read SQL as DuckDB does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipelines.core.errors import MachineError, SettingsError

MEANING = {
    "spark.sql.ansi.enabled": "true",  # an overflow or a division by zero is told, never NULL
    "spark.sql.timestampType": "TIMESTAMP_LTZ",  # else `timestamptz` would drop the offset
    "spark.sql.parquet.inferTimestampNTZ.enabled": "true",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
    "spark.sql.caseSensitive": "false",
}
"""What decides what a query means; nobody's options change it."""
ON_THIS_MACHINE = {
    "spark.ui.enabled": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.shuffle.partitions": "4",
    "spark.ui.showConsoleProgress": "false",
}
"""Of a session inside this process: loopback only, and parts as few as its cores."""


def open_session(url: str, options: Mapping[str, str], time_zone: str) -> Any:
    """A session by its address: `local[2]`, `spark://host:7077`, or `sc://host` for Connect.

    Raises `SettingsError` where the extra `spark` isn't installed, `MachineError` where no session
    can be had.
    """
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise SettingsError(
            '[engine] name = "spark" needs the packages of requirements-spark.lock (docs/scale.md) '
            "and Java 17 where the session runs. No table was changed"
        ) from error
    builder = SparkSession.builder
    if url.startswith("sc://"):
        builder = builder.remote(url)
    else:
        near = ON_THIS_MACHINE if url.startswith("local") else {}
        builder = builder.master(url).appName("coaching-outcomes")
        for name, value in {**near, **options}.items():
            builder = builder.config(name, value)
    try:
        session = builder.getOrCreate()
    except Exception as error:  # of Java, of the network, of the address: it may hold a token
        raise MachineError(
            f"no Spark session at the address of [engine] url: {type(error).__name__}. Is Java 17 "
            "installed here, or the server up? No table was changed"
        ) from None
    if not url.startswith("sc://"):
        session.sparkContext.setLogLevel("OFF")  # its errors quote the values that they are about
    for name, value in {**MEANING, "spark.sql.session.timeZone": time_zone}.items():
        session.conf.set(name, value)
    return session
