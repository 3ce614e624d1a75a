"""What the numbers of semantic tokens mean: told at `initialize`, so it loads nothing."""

from __future__ import annotations

from typing import Final

TYPES: Final = (
    "keyword",
    "operator",
    "function",
    "method",
    "macro",
    "type",
    "typeParameter",
    "enumMember",
    "variable",
    "parameter",
    "property",
    "namespace",
    "string",
    "number",
    "comment",
    "label",
    "decorator",
    "struct",
    "enum",
    "interface",
)
"""The legend: what a token's `type` counts in. The names are the protocol's own."""
MODIFIERS: Final = ("declaration", "documentation", "readonly", "static", "mutable")
"""The legend: the bits of a token's `modifiers`, the first being the lowest."""
NAMES: Final = frozenset(
    "function method macro type typeParameter enumMember variable parameter property namespace"
    " struct enum interface".split()
)
"""The types of names: what they are is known better by who knows types."""
