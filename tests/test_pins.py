"""What the extension installs beside Redox's wheel is pinned, complete, and what Redox asks for."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, requires, version
from itertools import product
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
SERVER, SUGGESTIONS = "requirements.txt", "suggestions.txt"
STALE = "run `make pins`"
LEFT_OUT: tuple[str, ...] = runpy.run_path(str(ROOT / "scripts" / "pin_extension.py"))["LEFT_OUT"]
PLATFORMS: tuple[dict[str, str], ...] = (
    {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"},
    {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix"},
    {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt"},
)
PYTHONS = tuple(
    {"python_version": one, "python_full_version": f"{one}.0"} for one in ("3.11", "3.12", "3.14")
)
ENVIRONMENTS = tuple(platform | python for platform, python in product(PLATFORMS, PYTHONS))
"""What a marker is asked about."""


@cache
def pins(file: str) -> dict[str, list[tuple[Requirement, list[str]]]]:
    """Return the pins of each package with their hashes; two differ in their markers."""
    path = ROOT / "vscode-extension" / "server" / file
    text = path.read_text(encoding="utf-8").replace("\\\n", " ")
    found: dict[str, list[tuple[Requirement, list[str]]]] = {}
    for line in filter(None, (line.partition("#")[0].strip() for line in text.splitlines())):
        said, *hashes = re.split(r"\s+--hash=", line)
        pin = Requirement(said)
        found.setdefault(canonicalize_name(pin.name), []).append((pin, hashes))
    return found


def asked_for(file: str) -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    direct = extras["model"] if file == SUGGESTIONS else project["dependencies"] + extras["lsp"]
    return [Requirement(one) for one in direct]


def needed(file: str) -> Iterator[Requirement]:
    """Yield what is wanted, and what that needs, as far as its pinned version is installed here."""
    todo, seen = asked_for(file), set()
    while todo:
        one = todo.pop()
        if str(one) in seen or canonicalize_name(one.name) in LEFT_OUT:
            continue
        seen.add(str(one))
        yield one
        own = pins(file).get(canonicalize_name(one.name), [])
        try:
            if not any(version(one.name) in pin.specifier for pin, _ in own):
                continue
        except PackageNotFoundError:  # a package of other platforms
            continue
        for other in map(Requirement, requires(one.name) or ()):
            extras = ("", *one.extras)
            if any(holds(other.marker, {"extra": extra}) for extra in extras):
                todo.append(other)


def holds(marker: Marker | None, besides: dict[str, str]) -> bool:
    """Tell whether a marker holds anywhere where Redox runs."""
    return marker is None or any(marker.evaluate(own | besides) for own in ENVIRONMENTS)


@pytest.mark.parametrize("file", [SERVER, SUGGESTIONS])
def test_each_package_that_is_needed_is_pinned_to_a_version_that_fits(file: str) -> None:
    for one in needed(file):
        own = pins(file).get(canonicalize_name(one.name))
        assert own, f"{one} is not pinned: {STALE}"
        for pin, _ in own:
            (exact,) = pin.specifier
            assert exact.operator == "==", pin
            assert exact.version in one.specifier, f"{pin} does not fit {one}: {STALE}"


@pytest.mark.parametrize("file", [SERVER, SUGGESTIONS])
def test_each_environment_gets_one_version_of_a_package(file: str) -> None:
    for name, own in pins(file).items():
        for environment in ENVIRONMENTS:
            fit = [pin for pin, _ in own if pin.marker is None or pin.marker.evaluate(environment)]
            assert len(fit) <= 1, (name, environment)


@pytest.mark.parametrize("file", [SERVER, SUGGESTIONS])
def test_each_pin_has_the_hashes_of_its_files(file: str) -> None:
    assert pins(file)
    for pin, hashes in (one for own in pins(file).values() for one in own):
        assert hashes, pin
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", one) for one in hashes), pin


@pytest.mark.parametrize("file", [SERVER, SUGGESTIONS])
def test_nothing_is_pinned_that_nothing_needs(file: str) -> None:
    names = {canonicalize_name(one.name) for one in needed(file)}
    assert pins(file).keys() - names == set(), STALE


def test_what_both_files_pin_is_one_version() -> None:
    for name in pins(SERVER).keys() & pins(SUGGESTIONS).keys():
        versions = {
            str(pin.specifier) for file in (SERVER, SUGGESTIONS) for pin, _ in pins(file)[name]
        }
        assert len(versions) == 1, versions


def test_the_small_model_loads_without_what_is_left_out() -> None:
    names = [name.replace("-", "_") for name in LEFT_OUT]
    code = (
        f"import sys; sys.modules.update(dict.fromkeys({names!r}))\n"  # to import one is an error
        "from redox_lsp.suggesting.process import load\n"
        "print(load('embedded', '', '')[1]['name'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("file", [SERVER, SUGGESTIONS])
def test_neither_our_own_name_nor_any_index_is_named(file: str) -> None:
    assert not any(name.startswith("redox") for name in pins(file))
    text = (ROOT / "vscode-extension" / "server" / file).read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"^\s*-(?!-hash)", text, re.MULTILINE)
