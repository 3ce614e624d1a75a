"""What the settings name a model by, and what one wants of this installation."""

from __future__ import annotations

from dataclasses import dataclass, field

EMBEDDED = "embedded"
INSTALLED = "in a checkout of Redox, pip install '.[model]'"
"""What brings all that a model needs, but for what a checkpoint does."""
_PROVING = ("tree_sitter_rust",)
_RUNNING = ("onnxruntime", "tokenizers")


@dataclass(frozen=True, slots=True)
class Name:
    """A folder, an address or `embedded`; of an address, what the model is called and its key."""

    model: str = ""
    served: str = ""
    key: str = field(default="", repr=False)

    @property
    def needed(self) -> tuple[str, ...]:
        """The packages without which its lines could not be said or proved."""
        return _PROVING if is_address(self.model) else _RUNNING + _PROVING


def is_address(model: str) -> bool:
    """Tell whether a model is named by the address of a server."""
    return model.startswith(("http://", "https://"))
