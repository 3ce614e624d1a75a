"""Edit at random for a long time: after each edit the server's Rust is `oxidize` of the text.

python tests/soak_lsp.py --minutes 60 [--seed N]

Twenty documents are edited by inserts, deletions, undo, whole replacements and line ends of all
kinds, and asked about between edits. They are as long from the first edit on as they stay, so that
memory which grows is the server's own. The server's log must stay empty and its memory flat: what
it remembers fills up and begins again, so the most of the last quarter is held against the most of
the second one.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lsp_client import Client, apply_line_changes, place

import redox
from redox.lexer import split_lines

DOCUMENTS = 20
GROWTH = 1.25
"""How many times its most memory of the second quarter the server may take in the last one.

What it remembers of one filling is still there while the next one fills up, so that a slow run
comes to its most memory only in its second half.
"""
SAMPLES = 60
MOST_LINES = 400
PIECES = (
    *'a x1 \n \r\n \r 🦀 é \t " \' { } ( ) ; // /* */ r#" begin then with done otherwise'.split(
        " "
    ),
    "end function",
    "let x be a plus b\n",
    "if a then\r\n    b\r\nend if\r\n",
    "function f takes a of type u8 begin\n    g with a\nend function\n",
    "fn f() { g(1); }\n",
    'println macro with "🦀 {}" and x',
)
POSITIONED = (
    "textDocument/hover",
    "textDocument/completion",
    "textDocument/definition",
    "textDocument/documentHighlight",
    "textDocument/signatureHelp",
)
WHOLE = (
    "textDocument/documentSymbol",
    "textDocument/foldingRange",
    "textDocument/semanticTokens/full",
    "textDocument/codeLens",
    "textDocument/documentLink",
)


@dataclass
class Edited:
    """A document as the client has it."""

    uri: str
    text: str
    version: int = 1
    preview: str = ""
    preview_version: int = 1
    undo: list[str] = field(default_factory=list)

    @property
    def identity(self) -> dict[str, Any]:
        """How the protocol names it."""
        return {"textDocument": {"uri": self.uri}}


class Soak:
    """A client that edits, asks and compares."""

    def __init__(self, client: Client, chance: random.Random) -> None:
        self.client = client
        self.chance = chance
        self.edits = 0
        examples = sorted((Path(__file__).parent.parent / "examples").rglob("*.iron"))
        texts = [path.read_bytes().decode() for path in examples]
        self.documents = [
            Edited(f"file:///nowhere/{number}.iron", self._long_text(texts))
            for number in range(DOCUMENTS)
        ]
        for document in self.documents:
            client.open(document.uri, document.text)
            self._open_preview(document)

    def _long_text(self, texts: Sequence[str]) -> str:
        """Return as many lines as a text has that was cut for its length some edits ago."""
        lines: list[str] = []
        count = self.chance.randint(MOST_LINES // 2, MOST_LINES)
        while len(lines) < count:
            lines += split_lines(self.chance.choice(texts))
        return "".join(lines[:count])

    def _open_preview(self, document: Edited) -> None:
        found = self.client.request("redox/openPreview", document.identity)
        document.preview, document.preview_version = found["text"], found["version"]

    def step(self) -> None:
        """Edit one document, perhaps ask about it, and compare."""
        document = self.chance.choice(self.documents)
        changes = [self._change(document) for _ in range(self.chance.choice((1, 1, 1, 2, 3)))]
        document.version += 1
        self.edits += 1
        self.client.edit(document.uri, document.version, *changes)
        if self.chance.random() < 0.3:
            self._ask(document)
        self._compare(document)
        if self.chance.random() < 0.01:
            self.client.close(document.uri)
            document.version = 1
            self.client.open(document.uri, document.text)
            self._open_preview(document)

    def _change(self, document: Edited) -> dict[str, Any]:
        if document.undo and self.chance.random() < 0.2:
            document.text = document.undo.pop()
            return {"text": document.text}
        document.undo = [*document.undo[-20:], document.text]
        lines = split_lines(document.text)
        if len(lines) > MOST_LINES:
            document.text = "".join(lines[: MOST_LINES // 2])
            return {"text": document.text}
        start = self.chance.randint(0, len(document.text))
        length = self.chance.choice((0, 0, 0, 1, 2, 5, 40))
        # No place is inside CRLF: a client counts columns before a line's end.
        if document.text[start - 1 : start + 1] == "\r\n":
            start -= 1
        end = min(len(document.text), start + length)
        if document.text[end - 1 : end + 1] == "\r\n":
            end += 1
        text = self.chance.choice(PIECES)
        places = {
            "start": self._place(document.text, start),
            "end": self._place(document.text, end),
        }
        document.text = document.text[:start] + text + document.text[end:]
        return {"range": places, "text": text}

    def _place(self, text: str, offset: int) -> dict[str, int]:
        number, start = 0, 0
        for line in split_lines(text):
            if start + len(line) > offset or not line.endswith(("\n", "\r")):
                break
            start += len(line)
            number += 1
        return place(number, len(text[start:offset].encode("utf-16-le")) // 2)

    def _ask(self, document: Edited) -> None:
        at = self._place(document.text, self.chance.randint(0, len(document.text)))
        if self.chance.random() < 0.5:
            method = self.chance.choice(POSITIONED)
            self.client.request(method, document.identity | {"position": at})
        else:
            self.client.request(self.chance.choice(WHOLE), document.identity)

    def _compare(self, document: Edited) -> None:
        wanted = redox.oxidize(document.text).text
        given = self.client.request("redox/preview", document.identity)["text"]
        if given != wanted:
            raise AssertionError(f"the server's Rust of {document.text!r}\n{given!r}\n{wanted!r}")
        while document.preview_version < document.version or document.preview != wanted:
            changed = self.client.wait_note(
                "redox/previewChanged", lambda one: one["uri"] == document.uri
            )
            if changed["baseVersion"] != document.preview_version:
                raise AssertionError(f"a change is missing before {changed!r}")
            document.preview = apply_line_changes(document.preview, changed["changes"])
            document.preview_version = changed["version"]
        self.client.kept.clear()

    def memory(self) -> float:
        """Return the server's memory in megabytes."""
        status = Path(f"/proc/{self.client.process.pid}/status")
        found = [one for one in status.read_text().splitlines() if one.startswith("VmRSS")]
        return int(found[0].split()[1]) / 1024


def main() -> None:
    """Soak for as long as the arguments say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    with Client() as client:
        client.configuration = {"rustc": {"when": "never"}}
        client.start({"workspace": {"configuration": True}})
        soak = Soak(client, random.Random(arguments.seed))
        start = time.monotonic()
        samples: list[float] = []
        while len(samples) < SAMPLES:
            soak.step()
            if time.monotonic() > start + 60 * arguments.minutes * (len(samples) + 1) / SAMPLES:
                samples.append(soak.memory())
                print(f"{soak.edits} edits, {samples[-1]:.0f} MB", flush=True)
        code = client.stop()
    quarter = SAMPLES // 4
    early, late = max(samples[quarter : 2 * quarter]), max(samples[-quarter:])
    print(f"{soak.edits} edits, at most {early:.0f} and {late:.0f} MB, exit code {code}")
    if client.log or code or late > GROWTH * early:
        sys.exit("\n".join(client.log) or "the server has grown")


if __name__ == "__main__":
    main()
