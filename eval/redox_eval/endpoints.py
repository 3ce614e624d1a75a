"""A model behind an OpenAI-compatible server goes on with an answer that has begun.

It is asked in a chat whose last message is the beginning. Some servers let the model go on from
there; others have it begin the answer again, and then what stands already comes first. Both are
read as they come, up to where enough is there.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from redox.files import BadInputError
from redox_eval.continuing import FENCE, Beginning, Hears, Piece, Written, question_of
from redox_eval.prompts import Messages
from redox_eval.records import RecordError
from redox_eval.servers import Stream, place_of

TIMEOUT = 30.0
"""How many seconds a server may say nothing."""
GO_ON = " Where the answer has begun already, go on exactly where it ends, and repeat none of it."
_UNFINISHED = re.compile(r"\s*\w*\Z")


@dataclass(slots=True)
class Endpoint:
    """An address that ends before `/chat/completions`, and a model's name there.

    `key` is sent as the bearer token and written nowhere.
    """

    address: str
    served: str
    key: str = field(default="", repr=False)
    is_taught: ClassVar[bool] = False
    """It counts as made by others, who may never have seen Iron."""
    reads_turns: ClassVar[bool] = True
    """It is asked in a chat."""
    _stream: Stream | None = field(default=None, repr=False)
    _says_how_likely: bool = True
    """Whether to ask how likely each token was; some servers refuse that."""

    @property
    def name(self) -> str:
        """A name for people."""
        return f"{self.served} at {place_of(self.address)}"

    @property
    def hash(self) -> str:
        """What lies on a server is not known."""
        return ""

    def drop(self) -> None:
        """Have the answer under way end; any thread may."""
        if self._stream is not None:
            self._stream.close()

    def write(
        self, beginning: Beginning, most: int, until: str, hears: Hears = lambda _: True
    ) -> Written:
        """Return what would be written before `until` comes; raises `BadInputError`.

        Where the server does not say how likely that was, it counts as sure.
        """
        known, half = parted(beginning.begun)
        said, rest, confidence, count = "", "", 1.0, 0
        for piece, probability in self._pieces(asked(beginning, known), most + len(known) // 3):
            said += piece
            found = going_on(said, known, half)
            if found is None:
                return Written("", 0.0, count)
            if found:
                count += 1
                confidence *= probability
            rest, is_over, _ = found.partition(until)
            if not hears(rest) or is_over or count >= most:
                break
        else:
            rest = (going_on(said, known, half, is_whole=True) or "").partition(until)[0]
        self.drop()
        return Written(rest.rstrip(), confidence, count)

    def _pieces(self, messages: Messages, most: int) -> Iterator[Piece]:
        body = {
            "model": self.served,
            "messages": messages,
            "temperature": 0,
            "max_tokens": most,
            "logprobs": self._says_how_likely,
        }
        try:
            yield from self._streamed(body)
        except RecordError as error:
            if not self._says_how_likely:
                raise BadInputError(str(error)) from error
            self._says_how_likely = False
            yield from self._pieces(messages, most)

    def _streamed(self, body: Mapping[str, Any]) -> Iterator[Piece]:
        self._stream = Stream(self.address, self.key, TIMEOUT)
        for part in self._stream.parts(body):
            delta = part.get("delta")
            text = delta.get("content") if isinstance(delta, dict) else None
            if isinstance(text, str) and text:
                yield Piece(text, _probability(part))


def _probability(part: Mapping[str, Any]) -> float:
    """Return how likely what was said was; certain where a server does not say."""
    try:
        tokens = (part.get("logprobs") or {}).get("content") or ()
        return math.exp(sum(float(one["logprob"]) for one in tokens))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise BadInputError("what the server says of its tokens can't be read") from error


def asked(beginning: Beginning, known: str) -> Messages:
    """Return what a model is asked that may never have seen Iron; `known` begins its answer."""
    system, *questions = question_of(beginning, is_taught=False)
    return [
        {**system, "content": system["content"] + GO_ON},
        *questions,
        {"role": "assistant", "content": f"{FENCE}\n{known}"},
    ]


def parted(begun: str) -> tuple[str, str]:
    """Part a beginning from the word that may be unfinished, and the white space before it.

    Servers drop white space at a message's end, and a model's next token may hold both.
    """
    found = _UNFINISHED.search(begun)
    half = found[0] if found is not None else ""
    return begun[: len(begun) - len(half)], half


def going_on(said: str, known: str, half: str, *, is_whole: bool = False) -> str | None:
    """Return what a reply says behind a beginning, nothing as long as that is not clear.

    `None` is for a reply that does not agree with what stands there. With `is_whole`, no more of
    it will come.
    """
    reply = said.lstrip()
    if not is_whole and FENCE.startswith(reply[:3]) and len(reply) < len(FENCE):
        return ""
    is_begun_again = reply.startswith(FENCE)
    if is_begun_again:
        _, newline, reply = reply.partition("\n")
        if not newline:
            return None if is_whole else ""
    begun = known + half
    if reply.startswith(begun):
        return reply[len(begun) :]
    if is_begun_again or not is_whole and begun.startswith(reply):
        return "" if begun.startswith(reply) and not is_whole else None
    if said.startswith(half):
        return said[len(half) :]
    if half.endswith("\n"):
        return said.lstrip("\n")  # how far in its line begins is the model's to say
    rest, word = reply, half.lstrip()  # white space may be another, and stands there already
    if rest.startswith(word):
        return rest[len(word) :]
    return "" if word.startswith(rest) and not is_whole else None
