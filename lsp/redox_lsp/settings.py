"""Every setting of the server, in one table: its name, kind, default and meaning.

The editor's own settings page is made from this table, and so is the list in `docs/editors.md`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SECTION = "redox"


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting below `redox.`; `choices` are the words it may be, empty for any of its kind."""

    name: str
    default: bool | int | str
    doc: str
    choices: tuple[str, ...] = ()
    least: int = 0
    """The smallest number it may be, where it is one."""
    is_the_machines: bool = False
    """Whether a workspace can't set it, since it names what is started."""


TABLE = (
    Setting(
        "rustc.when",
        "pause",
        "When rustc checks a file that belongs to no crate: after a pause in typing, on save only, "
        "or never.",
        ("pause", "save", "never"),
    ),
    Setting(
        "rustc.pause",
        600,
        "How long a pause in typing is, in milliseconds, before rustc is asked.",
        least=50,
    ),
    Setting("rustc.edition", "2024", "The edition of Rust of a file that belongs to no crate."),
    Setting(
        "rustAnalyzer.enabled",
        True,
        "Have rust-analyzer run beside the server, which then knows types and the whole crate.",
    ),
    Setting(
        "rustAnalyzer.path",
        "",
        "The program `rust-analyzer` to start, as an absolute path. Empty: rustup's, else the one "
        "on PATH.",
        is_the_machines=True,
    ),
    Setting(
        "rustAnalyzer.sysrootSource",
        "",
        "The folder `library` of the standard library's sources. Empty: that of the toolchain, "
        "which rustup's component `rust-src` brings.",
        is_the_machines=True,
    ),
    Setting("inlayHints.types", True, "Show the types of what is named without one."),
    Setting("inlayHints.parameters", True, "Show the names of parameters before what they get."),
    Setting("inlayHints.closers", False, "Show the closers that Iron leaves out."),
    Setting("inlayHints.terminators", False, "Show the `;` and `,` that Iron leaves out."),
    Setting("completion.snippets", True, "Offer whole blocks with their closer as snippets."),
    Setting(
        "completion.model",
        "embedded",
        "What suggests how a line goes on: `embedded`, the small model that comes with Redox; "
        "the folder of one: `model` in a run of `redox train`, another checkpoint, or one of ONNX; "
        "or the address of an OpenAI-compatible server, such as `http://localhost:8080/v1`. "
        "Empty: none.",
        is_the_machines=True,
    ),
    Setting(
        "completion.served",
        "",
        "What the server that `redox.completion.model` is the address of calls the model.",
        is_the_machines=True,
    ),
    Setting(
        "completion.verify",
        "parse",
        "What a model's suggestion must pass before it is shown: `parse`, it is Iron whose Rust "
        "has no fault of syntax, or `compile`, rustc finds no error either that was not there, "
        "asked in a sandbox.",
        ("parse", "compile"),
        is_the_machines=True,
    ),
    Setting("codeLens.run", True, "Show `Run` above `main` and `Run test` above tests."),
    Setting("format.onType", True, "Indent a line and close its block as it is typed."),
    Setting("workspaceSymbols.limit", 500, "The most symbols that one search answers.", least=1),
)


@dataclass(frozen=True)
class Settings:
    """The values of all settings; each has its default until the client says another."""

    values: Mapping[str, bool | int | str] = field(
        default_factory=lambda: {setting.name: setting.default for setting in TABLE}
    )

    def flag(self, name: str) -> bool:
        """Return a setting that is yes or no."""
        return bool(self.values[name])

    def number(self, name: str) -> int:
        """Return a setting that is a number."""
        return int(self.values[name])

    def word(self, name: str) -> str:
        """Return a setting that is text."""
        return str(self.values[name])


def read_settings(given: object) -> tuple[Settings, list[str]]:
    """Read what a client has below `redox`, and say what in it can't be used.

    What is not given, or is null, keeps its default. A value that a setting can't have keeps the
    default too and gives a complaint, as does a name that no setting has.
    """
    if given is None:
        return Settings(), []
    if not isinstance(given, dict):
        return Settings(), [f"`{SECTION}` must be an object, not {given!r}"]
    flat = {name: value for name, value in _flatten(given).items() if value is not None}
    values: dict[str, bool | int | str] = {}
    complaints = [
        f"there is no setting `{SECTION}.{name}`" for name in flat if name not in _BY_NAME
    ]
    for name, value in flat.items():
        setting = _BY_NAME.get(name)
        if setting is None:
            continue
        complaint = _complaint(setting, value)
        if complaint:
            complaints.append(complaint)
        else:
            values[name] = value
    return Settings({**Settings().values, **values}), complaints


def _flatten(given: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return nested objects as dotted names: `{"rustc": {"pause": 1}}` as `rustc.pause`."""
    flat: dict[str, Any] = {}
    for key, value in given.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            flat |= _flatten(value, f"{name}.")
        else:
            flat[name] = value
    return flat


def _complaint(setting: Setting, value: object) -> str:
    name = f"`{SECTION}.{setting.name}`"
    if type(value) is not type(setting.default):
        kind = _KINDS[type(setting.default)]
        return f"{name} must be {kind}, not {value!r}"
    if setting.choices and value not in setting.choices:
        return f"{name} must be one of {', '.join(setting.choices)}, not {value!r}"
    if isinstance(value, int) and value < setting.least:
        return f"{name} must be at least {setting.least}, not {value}"
    return ""


_KINDS = {bool: "true or false", int: "a whole number", str: "text"}
_BY_NAME = {setting.name: setting for setting in TABLE}
