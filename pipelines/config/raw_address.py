"""The address of the store that keeps raw: a text comes in, the same goes out if it may be one."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

_OPTIONS = frozenset({"region", "scheme", "endpoint_override", "tls_ca_file_path"})
"""What Arrow may be told of a store behind its address; a key isn't among it."""
STORE_ADDRESS = (
    "an address such as 's3://bucket/prefix?region=eu-central-1' or "
    "'s3://bucket/prefix?endpoint_override=minio.internal:9000&scheme=http': with a prefix, and "
    "without key and password, which belong into the environment; behind the question mark "
    f"{', '.join(sorted(_OPTIONS))}"
)


def check_store_address(text: str) -> str:
    """Return the address; raises `ValueError` where it can't be one, or may have a key in it."""
    parts = urlsplit(text)
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    is_address = (
        parts.scheme == "s3"
        and re.fullmatch(r"[a-z0-9][a-z0-9.-]+", parts.netloc) is not None
        and re.fullmatch(r"(/[\w.=-]+)+/?", parts.path) is not None
        and not parts.fragment
        and options.keys() <= _OPTIONS
        and all(options.values())
    )
    if not is_address:
        raise ValueError(STORE_ADDRESS)
    return text
