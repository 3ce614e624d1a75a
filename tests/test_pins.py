"""What the extension installs beside Redox's wheel is pinned, complete, and what Redox asks for."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PINS = ROOT / "vscode-extension" / "server" / "requirements.txt"
STALE = "run `make pins`"
PLATFORMS: tuple[dict[str, str], ...] = (
    {},
    {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt"},
)
"""What a marker is asked about: this machine, and Windows."""


def pins() -> dict[str, tuple[Requirement, list[str]]]:
    """Return each pin and its hashes, by the package's name."""
    text = PINS.read_text(encoding="utf-8").replace("\\\n", " ")
    found: dict[str, tuple[Requirement, list[str]]] = {}
    for line in filter(None, (line.partition("#")[0].strip() for line in text.splitlines())):
        said, *hashes = re.split(r"\s+--hash=", line)
        pin = Requirement(said)
        found[canonicalize_name(pin.name)] = (pin, hashes)
    return found


def asked_for() -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    direct = project["dependencies"] + project["optional-dependencies"]["lsp"]
    return [Requirement(one) for one in direct]


def needed(wanted: list[Requirement]) -> Iterator[Requirement]:
    """Yield what is wanted, and what that needs, as far as its pinned version is installed here."""
    todo, seen = list(wanted), set()
    while todo:
        one = todo.pop()
        if str(one) in seen:
            continue
        seen.add(str(one))
        yield one
        pin, _ = pins()[canonicalize_name(one.name)]
        try:
            if version(one.name) not in pin.specifier:
                continue
        except PackageNotFoundError:  # a package of other platforms
            continue
        for other in map(Requirement, requires(one.name) or ()):
            environments = ({**own, "extra": extra} for own in PLATFORMS for extra in one.extras)
            plain = ({**own, "extra": ""} for own in PLATFORMS)
            if other.marker is None or any(map(other.marker.evaluate, [*plain, *environments])):
                todo.append(other)


def test_each_package_that_is_needed_is_pinned_to_a_version_that_fits() -> None:
    for one in needed(asked_for()):
        assert canonicalize_name(one.name) in pins(), f"{one} is not pinned: {STALE}"
        pin, _ = pins()[canonicalize_name(one.name)]
        (exact,) = pin.specifier
        assert exact.operator == "==", pin
        assert exact.version in one.specifier, f"{pin} does not fit {one}: {STALE}"


def test_each_pin_has_the_hashes_of_its_files() -> None:
    assert pins()
    for pin, hashes in pins().values():
        assert hashes, pin
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", one) for one in hashes), pin


def test_nothing_is_pinned_that_nothing_needs() -> None:
    names = {canonicalize_name(one.name) for one in needed(asked_for())}
    unused = pins().keys() - names
    assert unused == set(), STALE


def test_neither_our_own_name_nor_any_index_is_named() -> None:
    assert not any(name.startswith("redox") for name in pins())
    text = PINS.read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"^\s*-(?!-hash)", text, re.MULTILINE)
