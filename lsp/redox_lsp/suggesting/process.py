"""The process that a model runs in: `python -m redox_lsp.suggesting.process`.

It speaks JSON-RPC over its standard streams, as the language server's other children do, and is the
one part of the language server that knows the exam's models. It has no more to do with the files
that are edited than what it is asked, and runs nothing that a model says.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, BinaryIO

from redox_lsp.frames import CHUNK, Frames, framed
from redox_lsp.suggesting.naming import INSTALLED, is_address

if TYPE_CHECKING:
    from redox_eval.continuing import Beginning, Writer

CANCEL = "$/cancelRequest"
LOAD, CONTINUE, CHECK = "load", "continue", "check"
SAID = "said"
"""Tells what an answer says so far, of a question that has a name to be told by."""
FAILED, CANCELLED = -32803, -32800
"""The protocol's numbers for a request that could not be met, and for one not wanted any more."""
MOST_TOKENS = 400
SURE = 0.85
"""How likely a line must be to be shown, where a model's folder says nothing of it.

Of what the small model that ships says so surely, 9 of 10 are right on validation's tasks.
"""
SURE_ELSEWHERE = 0.5
"""The same of a model on a server, which nobody here has measured."""
DEFAULT_SERVED = "default"
"""What a model is called where a server has but one."""


class UnusableError(Exception):
    """There is no such model, or what it needs is not installed."""


class Answerer:
    """Answers the requests of one parent, in turn, until its input ends."""

    def __init__(self, output: BinaryIO) -> None:
        self._output = output
        self._asked: SimpleQueue[dict[str, Any] | None] = SimpleQueue()
        self._dropped: set[Any] = set()
        self._going: Any = None
        """The request that is answered now."""
        self._writer: Writer | None = None
        self._compiler: Any = None

    def read(self, source: BinaryIO) -> None:
        """Take messages as they come, so that a request can be dropped while it is answered."""
        frames = Frames()
        while data := os.read(source.fileno(), CHUNK):
            for body in frames.feed(data):
                message = json.loads(body)
                if message.get("method") == CANCEL:
                    self._dropped.add(message["params"]["id"])
                    if self._going == message["params"]["id"] and self._writer is not None:
                        self._writer.drop()
                else:
                    self._asked.put(message)
        self._asked.put(None)

    def run(self) -> None:
        """Answer until there is nobody to answer to."""
        while (message := self._asked.get()) is not None:
            identity = self._going = message["id"]
            answer: dict[str, Any] = {}
            try:
                if identity not in self._dropped:
                    answer["result"] = self._answer(identity, message["method"], message["params"])
            except UnusableError as error:
                answer["error"] = {"code": FAILED, "message": str(error)}
            if identity in self._dropped:
                answer = {"error": {"code": CANCELLED, "message": "not wanted any more"}}
            self._say({"id": identity, **answer})

    def _answer(self, identity: Any, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
        if method == LOAD:
            self._writer, facts = load(**params)
            return facts
        if method == CHECK:
            if self._compiler is None:
                self._compiler = _compiler()
            return {"faults": _brought(self._compiler, params)}
        from redox.files import BadInputError

        assert self._writer is not None, "a parent has a model loaded first"
        most = min(int(params["most"]), MOST_TOKENS)
        begun, name = _beginning(params), params["name"]
        heard = ""

        def hears(text: str) -> bool:
            nonlocal heard
            if name and text != heard:
                heard = text
                self._say({"method": SAID, "params": {"name": name, "text": text}})
            return identity not in self._dropped

        try:
            return self._writer.write(begun, most, params["until"], hears)._asdict()
        except BadInputError as error:
            raise UnusableError(str(error)) from error

    def _say(self, message: Mapping[str, Any]) -> None:
        self._output.write(framed(message))
        self._output.flush()


def load(model: str, served: str, key: str) -> tuple[Writer, dict[str, Any]]:
    """Load a model by its folder or address, or the one that comes with Redox as `embedded`.

    `served` is what a server calls it, `key` what a server wants to hear. Return it, and what the
    parent is told of it; raises `UnusableError`.
    """
    from redox.files import BadInputError
    from redox_eval.continuing import Reader
    from redox_eval.models import EMBEDDED, SHIPPED

    try:
        if is_address(model):
            from redox_eval.endpoints import Endpoint
            from redox_eval.servers import check_private

            endpoint = Endpoint(check_private(model), served or DEFAULT_SERVED, key)
            return endpoint, _facts(endpoint, SURE_ELSEWHERE)
        folder = SHIPPED if model == EMBEDDED else Path(model).expanduser()
        if not folder.is_dir():
            raise UnusableError(f"{model}: is no folder with a model in it")
        found = _load(folder)
        return Reader(found), _facts(found, _sure(folder))
    except ImportError as error:
        raise UnusableError(
            f"{error.name} is not installed here: {INSTALLED} brings what a folder of ONNX needs,"
            " '.[train]' what a checkpoint does"
        ) from error
    except BadInputError as error:
        raise UnusableError(str(error)) from error


def _facts(model: Any, sure: float) -> dict[str, Any]:
    return {
        "name": model.name,
        "hash": model.hash,
        "sure": sure,
        "mends": model.reads_turns,
        "reads_around": not model.is_taught,
    }


def _beginning(params: Mapping[str, Any]) -> Beginning:
    """Return what is asked; the tries of before are said as a model is told of them."""
    from redox_eval.continuing import Beginning
    from redox_eval.prompts import fault_at

    tries = []
    for code, faults in params["tries"]:
        lines = code.split("\n")  # what rustc counts as lines
        told = [fault_at(lines, number, message) for number, message in faults]
        tries.append((code, "\n".join(told)))
    asked = {name: params[name] for name in ("prompt", "signature", "begun", "around", "behind")}
    return Beginning(**asked, tries=tuple(tries))


def _compiler() -> Any:
    """Return what asks rustc in a sandbox; raises `UnusableError` where there is none."""
    from redox.files import BadInputError
    from redox_eval.comparing import Compiler

    try:
        return Compiler.found()
    except BadInputError as error:
        raise UnusableError(f"can't compile what a model suggests: {error}") from error


def _brought(compiler: Any, params: Mapping[str, Any]) -> list[tuple[int, str]]:
    """Return what rustc has against a change, by line; raises `UnusableError`."""
    from redox.files import BadInputError

    try:
        found = compiler.brought(params["before"], params["after"], params["edition"])
        return [(one.line, one.message) for one in found]
    except BadInputError as error:
        raise UnusableError(str(error)) from error


def _load(folder: Path) -> Any:
    from redox_eval.embedded import is_embedded, load_embedded

    if is_embedded(folder):
        return load_embedded(folder, MOST_TOKENS)
    from redox_eval.checkpoints import load_checkpoint

    return load_checkpoint(folder, 0.0, MOST_TOKENS)


def _sure(folder: Path) -> float:
    own = folder / "redox.json"
    said = json.loads(own.read_text("utf-8")) if own.is_file() else {}
    return float(said.get("sure", SURE))


def main() -> None:
    """Answer what comes in; what libraries print goes to standard error."""
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    answerer = Answerer(output)
    reader = threading.Thread(target=answerer.read, args=(sys.stdin.buffer,), daemon=True)
    reader.start()
    answerer.run()


if __name__ == "__main__":
    main()
