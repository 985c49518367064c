#!/usr/bin/env python3
"""Look the locked versions up among known weaknesses: exit status 1 where one is known.

Needs pip-audit and a source of advisories. Where none answers the audit is skipped and says so:
it never passes for having looked at nothing.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

COMMAND = [
    "-m", "pip_audit", "--requirement", "requirements.lock",
    "--requirement", "requirements-spark.lock", "--no-deps", "--disable-pip",
    "--progress-spinner", "off", "--format", "json",
]  # fmt: skip
TIME_LIMIT_SECONDS = 120


def main() -> int:
    """Ask pip-audit, and say what it could look at and what it found."""
    try:
        done = subprocess.run(
            [sys.executable, *COMMAND],
            capture_output=True,
            text=True,
            timeout=TIME_LIMIT_SECONDS,
            check=False,
        )
        packages = json.loads(done.stdout)["dependencies"]
    except (OSError, ValueError, KeyError, subprocess.TimeoutExpired):
        print("audit skipped: no advisory source reachable")
        return 0
    return report(packages)


def report(packages: list[dict[str, Any]]) -> int:
    """Print what is known of each package that could be looked up; 1 where anything is."""
    looked_up = [each for each in packages if "skip_reason" not in each]
    if not looked_up:
        print("audit skipped: no advisory source reachable")
        return 0
    weak = [each for each in looked_up if each["vulns"]]
    for each in weak:
        for known in each["vulns"]:
            mended = ", ".join(known.get("fix_versions", [])) or "no version yet"
            print(f"{each['name']} {each['version']}: {known['id']}, mended in {mended}")
    n_others = len(packages) - len(looked_up)
    others = f"; {n_others} couldn't be looked up" if n_others else ""
    print(f"audit: {len(weak)} of {len(looked_up)} packages have known weaknesses{others}")
    return 1 if weak else 0


if __name__ == "__main__":
    sys.exit(main())
