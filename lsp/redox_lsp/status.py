"""`redox.status`: what a report of a bug needs."""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Iterable
from importlib.metadata import version
from statistics import quantiles
from typing import Any

import redox
from redox_lsp.server import RedoxServer


def status(server: RedoxServer) -> dict[str, Any]:
    """Return versions, what is open, what runs, how long answers took, and the last errors."""
    return {
        "server": {
            "version": redox.__version__,
            "python": platform.python_version(),
            "executable": sys.executable,
            "pygls": version("pygls"),
            "platform": platform.platform(),
            "process": os.getpid(),
            "seconds": round(time.monotonic() - server.started, 1),
        },
        "encoding": server.encoding,
        "trusted": server.trusted,
        "documents": [
            {
                "uri": session.uri,
                "language": session.language,
                "version": session.version,
                "lines": session.document.line_count,
                "previewed": session.is_previewed,
            }
            for session in server.sessions.values()
        ],
        "children": [child.status() for child in server.children],
        "timings": {name: _summary(times) for name, times in server.timings.items()},
        "errors": list(server.errors),
    }


def _summary(times: Iterable[float]) -> dict[str, float]:
    """Return how many times there are, and their median and 99th percentile in milliseconds."""
    found = sorted(1000 * time for time in times)
    cuts = quantiles(found, n=100) if len(found) > 1 else found * 99
    return {"count": len(found), "median": round(cuts[49], 3), "p99": round(cuts[98], 3)}
