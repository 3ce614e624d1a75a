"""The VS Code extension agrees with the server: its messages, commands and version."""

from __future__ import annotations

import json
import re
from pathlib import Path

import attrs

import redox
from redox_lsp import messages
from redox_lsp.handlers import make_server

EXTENSION = Path(__file__).parent.parent / "vscode-extension"
PROTOCOL = (EXTENSION / "src" / "protocol.ts").read_text(encoding="utf-8")


def test_its_messages_are_the_servers() -> None:
    named = set(re.findall(r'Type<[^"]*\("(redox/\w+)"\)', PROTOCOL))
    not_asked = {messages.PREVIEW}  # for clients that want a preview once
    told = {messages.PREVIEW_CHANGED, messages.SERVES_RUST, messages.PROPOSED}
    assert named == {*messages.PARAMS, *told} - not_asked


def test_what_it_asks_for_and_awaits_are_requests() -> None:
    requests = set(re.findall(r'RequestType<[^"]*\("(redox/\w+)"\)', PROTOCOL))
    assert requests == {*messages.REQUESTS} - {messages.PREVIEW}


def test_its_commands_are_the_servers() -> None:
    named = set(re.findall(r'"(redox\.\w+)"', PROTOCOL))
    assert named
    assert named <= set(make_server().protocol.fm.commands)


def test_each_field_of_a_message_is_one_of_the_servers() -> None:
    """A field is named in camelCase on both sides, and none is missing on either."""
    source = PROTOCOL + (EXTENSION / "src" / "mirror.ts").read_text(encoding="utf-8")
    for one in (
        *(messages.Preview, messages.PlacesParams, messages.Places, messages.PreviewChanged),
        *(messages.ConvertParams, messages.SpliceParams, messages.Converted),
        *(messages.ServesRust, messages.ImplementParams, messages.Proposed),
    ):
        body = re.search(rf"interface {one.__name__} \{{(.*?)\n\}}", source, re.DOTALL)
        assert body, one.__name__
        fields = set(re.findall(r"^  (\w+)\??:", body[1], re.MULTILINE))
        names = [field.name for field in attrs.fields(one)]
        assert fields == {re.sub(r"_(\w)", lambda found: found[1].upper(), n) for n in names}


def test_it_has_the_servers_version() -> None:
    manifest = json.loads((EXTENSION / "package.json").read_text(encoding="utf-8"))
    assert manifest["version"] == redox.__version__


def test_the_lock_file_names_no_host() -> None:
    lock = json.loads((EXTENSION / "package-lock.json").read_text(encoding="utf-8"))
    assert [name for name, one in lock["packages"].items() if "resolved" in one] == []
