"""A store that speaks S3 on the loopback address, and what lies in it as another client sees it."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any

from pipelines.core.workspace import Workspace

KEYS = {
    "AWS_ACCESS_KEY_ID": "tests",
    "AWS_SECRET_ACCESS_KEY": "a secret of nobody",
    "AWS_EC2_METADATA_DISABLED": "true",
}
_numbers = count(1)


@dataclass(frozen=True)
class StoreServer:
    """A running server, and boto3's client for it; the pipeline reaches it through Arrow."""

    server: Any
    address: str
    client: Any

    def bucket(self, *, keeps_versions: bool = False) -> str:
        """A new bucket."""
        name = f"bucket-{next(_numbers)}"
        self.client.create_bucket(Bucket=name)
        if keeps_versions:
            status = {"Status": "Enabled"}
            self.client.put_bucket_versioning(Bucket=name, VersioningConfiguration=status)
        return name

    def url(self, bucket: str, prefix: str = "raw") -> str:
        return f"s3://{bucket}/{prefix}?endpoint_override={self.address}&scheme=http"

    def keep_raw_of(self, workspace: Workspace, bucket: str, prefix: str = "raw") -> None:
        """Let a workspace keep raw in the store, whatever else its settings say."""
        file = workspace.settings_file
        other = file.read_text() if file.exists() else ""
        file.write_text(f'{other}\n[raw]\nurl = "{self.url(bucket, prefix)}"\n')

    def objects(self, bucket: str) -> dict[str, bytes]:
        """What lies in a bucket, but the marks of folders."""
        listed = self.client.list_objects_v2(Bucket=bucket).get("Contents", [])
        keys = [each["Key"] for each in listed if not each["Key"].endswith("/")]
        return {key: self.client.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}

    def n_versions(self, bucket: str) -> int:
        """How many versions of objects a bucket keeps, what was deleted among them."""
        listed = self.client.list_object_versions(Bucket=bucket)
        kept = [*listed.get("Versions", []), *listed.get("DeleteMarkers", [])]
        return len([each for each in kept if not each["Key"].endswith("/")])


@contextmanager
def store_server() -> Iterator[StoreServer]:
    """Start a server on a free port; it ends with the block."""
    import boto3
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    before = {name: os.environ.get(name) for name in KEYS}
    os.environ.update(KEYS)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"{host}:{port}"
    client = boto3.client("s3", endpoint_url=f"http://{address}", region_name="us-east-1")
    try:
        yield StoreServer(server, address, client)
    finally:
        server.stop()
        for name, value in before.items():
            if value is None:
                os.environ.pop(name)
            else:
                os.environ[name] = value
