#!/usr/bin/env python3
"""Write again `redox/phrasebook.json`, the built-in phrasebook as it is read: `make generate`.

Prints the file if it has changed.
"""

from __future__ import annotations

import json
import zlib

from redox.files import read_text, write_text
from redox.phrasebook import BUILT_IN, READY, read_table


def main() -> None:
    """Write what is stale."""
    data = BUILT_IN.read_bytes()
    ready = {"source": zlib.crc32(data), "table": read_table(BUILT_IN, data)}
    text = json.dumps(ready, ensure_ascii=False, separators=(",", ":")) + "\n"
    if not READY.exists() or read_text(READY) != text:
        write_text(READY, text)
        print(f"redox/{READY.name}")


if __name__ == "__main__":
    main()
