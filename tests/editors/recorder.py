"""Stand in for `redox-lsp`: write down what a client says at `initialize`, and end.

python recorder.py FILE [--version]

What names the machine or its folders is left out: who the client is and what it can do is kept.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from lsp_client import read_message

import redox

KEPT = ("clientInfo", "locale", "initializationOptions", "capabilities")


def main() -> None:
    """Answer `--version` as the server does, else record."""
    file, *options = sys.argv[1:]
    if "--version" in options:
        print(f"redox-lsp {redox.__version__}")
        return
    message = read_message(sys.stdin.buffer)
    if message is not None and message["method"] == "initialize":
        params = message["params"]
        kept = {name: params[name] for name in KEPT if name in params}
        Path(file).write_text(json.dumps(kept, indent=1, ensure_ascii=True) + "\n", newline="\n")


if __name__ == "__main__":
    main()
