"""A model goes on with an answer that has begun: what an editor asks of one.

The question is that of the exam, so that a model is asked as it was trained. What stands already is
given as the beginning of its answer; it may end amid a word, which the first tokens then complete.
A model of others that knows how to fill a gap is given what stands before and behind it instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from redox_eval.arms import IRON, Arm
from redox_eval.prompts import Messages, Turns, answer_as_reply, as_messages, ask, turns_of
from redox_eval.records import Task
from redox_eval.slots import EVERY, Slots, slots_of

FENCE = "```"
AROUND = "This is around it:\n{fence}\n{around}\n{fence}\n\n"
Hears = Callable[[str], bool]
"""Is told what an answer says so far, and tells whether more of it is wanted."""
_LAST_WORD = re.compile(r" ?\w*\Z")


@dataclass(frozen=True, slots=True)
class Beginning:
    """What is asked in words, the function's signature in Rust, and what of its Iron is there.

    `around` is Iron that stands beside it, for those that were not taught to do without, `behind`
    what of the function stands behind the place. `tries` are answers to the same question that
    were no good, each with what is wrong with it.
    """

    prompt: str
    signature: str
    begun: str
    around: str = ""
    behind: str = ""
    tries: tuple[tuple[str, str], ...] = ()

    @property
    def turns(self) -> Turns:
        """What a model is told of those tries."""
        return tuple(
            turn for code, fault in self.tries for turn in turns_of(answer_as_reply(code), fault)
        )


class Gap(NamedTuple):
    """The tokens by which a model is told what stands before and behind a gap that it fills."""

    before: str
    behind: str
    filled: str


class Piece(NamedTuple):
    """What one token says, and how likely the model held it."""

    text: str
    probability: float


class Written(NamedTuple):
    """What would be written, how likely the model held all of it, and in how many tokens."""

    text: str
    confidence: float
    tokens: int


class Writer(Protocol):
    """What goes on with an answer, as an editor asks."""

    def write(self, beginning: Beginning, most: int, until: str, hears: Hears) -> Written:
        """Return what would be written before `until` comes; it stops once no more is wanted.

        Raises `BadInputError` where no answer can be had.
        """

    def drop(self) -> None:
        """Have the answer under way end, if that takes more than not to want it; any thread may."""


class Stepper(Protocol):
    """A model a token at a time. What it remembers is its own; `None` is nothing."""

    @property
    def name(self) -> str:
        """A name for people."""

    @property
    def has_slots(self) -> bool:
        """Whether it was taught with names and literals taken out."""

    @property
    def is_taught(self) -> bool:
        """Whether it was taught Iron, by questions without anything around."""

    @property
    def reads_turns(self) -> bool:
        """Whether it reads more than a question."""

    @property
    def gap(self) -> Gap | None:
        """How it is told of a gap to fill, if it knows how to."""

    @property
    def ends(self) -> frozenset[int]:
        """The tokens that end an answer."""

    @property
    def texts(self) -> Sequence[str]:
        """What each token says."""

    @property
    def longest(self) -> int:
        """The most tokens that it reads and writes in all, 0 if it does not say."""

    def text_of(self, messages: Messages) -> str:
        """Return a question as the model reads it, up to where its answer begins."""

    def encode(self, text: str) -> list[int]:
        """Return the tokens of a text."""

    def pick(
        self, new: Sequence[int], memory: Any, allowed: Sequence[int] | None
    ) -> tuple[int, float, Any]:
        """Read new tokens; return the likeliest to follow, its probability, and the memory now.

        With `allowed`, it is one of these, and the probability is its share among them.
        """

    def cut(self, memory: Any, length: int) -> Any:
        """Return a memory of the first tokens alone; the one given is good for nothing then."""


class Reader:
    """A model, and what it has read: a text that begins alike is read on from there."""

    def __init__(self, model: Stepper) -> None:
        self.model = model
        self._read: list[int] = []
        self._memory: Any = None

    def pick(self, tokens: Sequence[int], allowed: Sequence[int] | None) -> tuple[int, float]:
        """Return the likeliest token behind some, and its probability."""
        kept = _common(self._read, tokens[:-1])
        memory = self._memory
        if kept < len(self._read):
            memory = self.model.cut(memory, kept) if kept else None
        self._read = []  # if this is broken off, nothing is known of the memory
        token, probability, self._memory = self.model.pick(tokens[kept:], memory, allowed)
        self._read = list(tokens)
        return token, probability

    def write(
        self, beginning: Beginning, most: int, until: str, hears: Hears = lambda _: True
    ) -> Written:
        """Return what the model would write before `until` comes."""
        text, confidence, count = "", 1.0, 0
        for piece, probability in continued(self, beginning, most):
            count += 1
            confidence *= probability
            text, is_over, _ = f"{text}{piece}".partition(until)
            if not hears(text) or is_over:
                break
        return Written(text.rstrip(), confidence, count)

    def drop(self) -> None:
        """Nothing waits: between two tokens it is asked whether more is wanted."""


def _common(old: Sequence[int], new: Sequence[int]) -> int:
    """Count the tokens that two texts begin alike with."""
    pairs = enumerate(zip(old, new, strict=False))
    return next((at for at, (one, other) in pairs if one != other), min(len(old), len(new)))


def continued(reader: Reader, beginning: Beginning, most: int) -> Iterator[Piece]:
    """Yield what a model would write behind a beginning, `most` tokens of it.

    It ends with the answer, where no token would complete the word that stands there, or at once
    if the model can't read so much. The pieces leave out what is there already.
    """
    model = reader.model
    task = task_of(beginning)
    slots = slots_of(task) if model.has_slots else Slots({})
    texts = Texts(model.texts, slots, has_slots=model.has_slots)
    half = _LAST_WORD.search(beginning.begun)
    rest = half[0] if half is not None else ""
    known = beginning.begun[: len(beginning.begun) - len(rest)]
    if model.gap is not None and beginning.behind:
        tokens = model.encode(with_gap(beginning, known, model.gap))
    else:
        asked = model.text_of(slots.asked(question_of(beginning, is_taught=model.is_taught)))
        tokens = model.encode(f"{asked}{FENCE}\n{slots.taken_out(known)}")
    if model.longest and len(tokens) + most > model.longest:
        return
    for _ in range(most):
        allowed = texts.that_complete(rest) if rest else texts.sayable
        if allowed is not None and not allowed:
            return
        token, probability = reader.pick(tokens, allowed)
        text = texts.of(token)
        if token in model.ends or "\N{REPLACEMENT CHARACTER}" in text:
            return  # a part of a character is no text yet
        if len(text) > len(rest) or not rest:
            yield Piece(text[len(rest) :], probability)
        rest = rest[len(text) :]
        tokens = [*tokens, token]


def task_of(beginning: Beginning) -> Task:
    """Return what is asked for, as a task of the exam."""
    extra = {"prompt": beginning.prompt}
    return Task("editor", family="", signature=beginning.signature, tests="", extra=extra)


def question_of(beginning: Beginning, *, is_taught: bool) -> Messages:
    """Return what is asked; with a card of the language and what stands around for a model that
    was not taught, and with what was wrong with earlier answers.
    """
    *system, question = ask(task_of(beginning), Arm(IRON), has_card=not is_taught)
    if beginning.around and not is_taught:
        around = AROUND.format(fence=FENCE, around=beginning.around)
        question = {**question, "content": around + question["content"]}
    return [*system, question, *as_messages(beginning.turns)]


def with_gap(beginning: Beginning, known: str, gap: Gap) -> str:
    """Return a file with a gap behind `known`, as a model reads it that fills gaps."""
    comment = f"/// {beginning.prompt}\n" if beginning.prompt else ""
    around = f"{beginning.around}\n" if beginning.around else ""
    before = f"{around}{comment}{known}"
    return f"{gap.before}{before}{gap.behind}\n{beginning.behind}{gap.filled}"


class Texts:
    """What tokens say in one answer: a slot says what it stands for, or can't be said."""

    def __init__(self, texts: Sequence[str], slots: Slots, *, has_slots: bool) -> None:
        self.texts = texts
        stands_for = {slot: text for text, slot in slots.by_text.items()}
        self.own: Mapping[int, str] = {
            number: stands_for[text] for number, text in enumerate(self.texts) if text in stands_for
        }
        self.sayable: list[int] | None = None
        """The tokens that say something here, `None` if all do."""
        if has_slots:
            empty = {slot for slot in EVERY if slot not in stands_for}
            self.sayable = [at for at, text in enumerate(self.texts) if text not in empty]

    def of(self, token: int) -> str:
        """Return what a token says."""
        return self.own.get(token, self.texts[token])

    def that_complete(self, rest: str) -> list[int]:
        """Return the tokens that agree with a text that has to come first."""
        every = range(len(self.texts)) if self.sayable is None else self.sayable
        return [
            number
            for number in every
            if (said := self.of(number)) and (said.startswith(rest) or rest.startswith(said))
        ]
