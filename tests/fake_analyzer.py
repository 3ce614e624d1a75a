"""A rust-analyzer that is none: it says that it has loaded, and writes down all that it is told.

`fake_analyzer.py LOG [ENCODING]`: each message is a line of JSON in LOG. A hover is answered only
when it is cancelled; what has no answer in `RESULTS` is answered by nothing.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from lsp_client import frame, read_message

READY = {
    "method": "experimental/serverStatus",
    "params": {"health": "ok", "quiescent": True, "message": None},
}
START = {"line": 0, "character": 0}
RESULTS = {
    "textDocument/diagnostic": {
        "kind": "full",
        "items": [{"range": {"start": START, "end": START}, "code": "E0001", "message": "wrong"}],
    },
}


def main(log: str, encoding: str = "utf-32") -> None:
    if encoding == "--version":
        print("rust-analyzer 0.0.1 (fake)")
        return
    waiting: set[int] = set()
    with Path(log).open("a", encoding="utf-8") as written:
        while (message := read_message(sys.stdin.buffer)) is not None:
            written.write(json.dumps(message) + "\n")
            written.flush()
            for answer in answers(message, encoding, waiting):
                sys.stdout.buffer.write(frame(answer))
                sys.stdout.buffer.flush()


def answers(message: Any, encoding: str, waiting: set[int]) -> list[dict[str, Any]]:
    """Return what is said to a message."""
    method, identity = message.get("method"), message.get("id")
    if method == "initialize":
        return [{"id": identity, "result": {"capabilities": {"positionEncoding": encoding}}}]
    if method == "initialized":
        return [READY]
    if method == "textDocument/hover":
        waiting.add(identity)
        return []
    if method == "$/cancelRequest" and message["params"]["id"] in waiting:
        cancelled = message["params"]["id"]
        return [{"id": cancelled, "error": {"code": -32800, "message": "cancelled"}}]
    if method is None or identity is None:
        return []
    return [{"id": identity, "result": RESULTS.get(method)}]


if __name__ == "__main__":
    main(*sys.argv[1:])
