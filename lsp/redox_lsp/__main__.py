"""`python -m redox_lsp` is `redox-lsp`."""

from __future__ import annotations

from redox_lsp.cli import main

if __name__ == "__main__":
    main()
