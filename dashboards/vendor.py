"""Third-party files of the site: taken from npm's folder where it is, else from Python's.

``python -m dashboards.vendor`` copies the pinned bundle and font from ``node_modules`` into
``dashboards/static/vendor``, which git ignores. Without them the site uses the full bundle
inside the plotly package and the system's fonts.
"""

from __future__ import annotations

import base64
import shutil
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

VENDOR = Path(__file__).parent / "static" / "vendor"
NODE_MODULES = Path(__file__).parents[1] / "node_modules"

_PLOTLY = "plotly.js-basic-dist-min"
_FONT = "@fontsource-variable/source-sans-3"
FILES: dict[str, str] = {
    "plotly-basic.min.js": f"{_PLOTLY}/plotly-basic.min.js",
    "plotly-LICENSE.txt": f"{_PLOTLY}/LICENSE",
    "source-sans-3.woff2": f"{_FONT}/files/source-sans-3-latin-wght-normal.woff2",
    "source-sans-3-LICENSE.txt": f"{_FONT}/LICENSE",
}


@dataclass(frozen=True)
class Bundle:
    """What the pages carry: the charting script, the font if there is one, and the notices."""

    plotly_js: str
    font_base64: str | None
    notices: str


def copy_from_npm(node_modules: Path = NODE_MODULES, vendor: Path = VENDOR) -> bool:
    """Copy the pinned files; return False and change nothing where npm has installed none."""
    sources = {name: node_modules / path for name, path in FILES.items()}
    if not all(path.is_file() for path in sources.values()):
        return False
    vendor.mkdir(parents=True, exist_ok=True)
    for name, path in sources.items():
        shutil.copyfile(path, vendor / name)
    return True


def find_bundle(vendor: Path = VENDOR) -> Bundle:
    """Return the copied files where they are complete, else the plotly package's own script."""
    paths = {name: vendor / name for name in FILES}
    if all(path.is_file() for path in paths.values()):
        return Bundle(
            paths["plotly-basic.min.js"].read_text("utf-8"),
            base64.b64encode(paths["source-sans-3.woff2"].read_bytes()).decode("ascii"),
            _notices(
                ("plotly.js (basic bundle)", paths["plotly-LICENSE.txt"].read_text("utf-8")),
                ("Source Sans 3", paths["source-sans-3-LICENSE.txt"].read_text("utf-8")),
            ),
        )
    from plotly.offline import get_plotlyjs

    return Bundle(get_plotlyjs(), None, _notices(("plotly.js", _python_plotly_licence())))


def _python_plotly_licence() -> str:
    for path in metadata.files("plotly") or ():
        if path.name.startswith("LICENSE"):
            return path.read_text("utf-8")
    return "MIT licence, Copyright Plotly, Inc."


def _notices(*parts: tuple[str, str]) -> str:
    return (
        "\n\n".join(f"{name}\n{'=' * len(name)}\n\n{text.strip()}" for name, text in parts) + "\n"
    )


def main() -> int:
    """Copy what npm installed and say what the site will use."""
    if copy_from_npm():
        print("site: the basic plotly bundle and Source Sans 3 are in place")
    else:
        print("site: npm has installed nothing; the plotly package's bundle and system fonts serve")
    return 0


if __name__ == "__main__":
    sys.exit(main())
