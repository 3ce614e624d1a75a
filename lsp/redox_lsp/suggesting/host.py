"""The life of a model's process: begun with the first question, ended when nobody has asked for
a while, begun again with growing patience where it dies.
"""

from __future__ import annotations

import asyncio
import math
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from redox_lsp.bridge.child import AnsweredError, Child, GoneError
from redox_lsp.server import Listener
from redox_lsp.suggesting.naming import EMBEDDED, INSTALLED, Name, is_address
from redox_lsp.suggesting.process import SAID
from redox_lsp.suggesting.situation import Fault, Situation, Try, around_of

if TYPE_CHECKING:
    from redox_lsp.reading import Reading
    from redox_lsp.server import RedoxServer
    from redox_lsp.suggesting.proving import Texts

MODEL, SERVED = "completion.model", "completion.served"
VERIFY, EDITION = "completion.verify", "rustc.edition"

IDLE_SECONDS = 600.0
LONGEST_BACK_OFF = 60.0
LINE, WHOLE = ("\n", 60), ("```", 400)
"""What ends an answer, and how many tokens it may have: the rest of a line, or of a function."""
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
"""A model shares the machine with whoever types."""
HOW = f"not installed here: {{}}; {INSTALLED} brings it"
OFFLINE = {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model would write up to the end, and how likely it held all of that."""

    text: str
    confidence: float


class Host(Listener):
    """Asks the model that is set, in a process of its own."""

    def __init__(self, server: RedoxServer) -> None:
        self._server = server
        self._child: Child | None = None
        self._starting: asyncio.Task[Child | None] | None = None
        self._listening: asyncio.Task[None] | None = None
        self._idle: asyncio.TimerHandle | None = None
        self._loaded: dict[str, Any] = {}
        self._name = Name()
        self._problem = ""
        self._deaths = 0
        self._futile = 0
        """How often it has died since it answered last."""
        self._not_before = 0.0
        self._seconds: deque[float] = deque(maxlen=50)
        self._names = count(1)
        self._hearing: dict[int, Callable[[str], None]] = {}
        """Who is told what an answer says so far, by the question's name."""

        self.counts = dict.fromkeys(("shown", "unsure", "refused"), 0)
        """What became of answers."""

    def configured(self) -> None:
        """Ask the model that is set now."""
        word = self._server.settings.word
        model = word(MODEL)
        own = Name(model, word(SERVED), self._server.key) if is_address(model) else Name(model)
        self.use(own)

    @property
    def is_usable(self) -> bool:
        """Whether there is a model that could answer, now or later."""
        return bool(self._name.model) and self._not_before != math.inf

    @property
    def problem(self) -> str:
        """Why there is no model to ask, as far as that is known."""
        return self._problem

    @property
    def sure(self) -> float:
        """How likely a line must be to be shown."""
        return float(self._loaded.get("sure", 1.0))

    @property
    def compiles(self) -> bool:
        """Whether rustc is asked of what the model writes."""
        return self._server.settings.word(VERIFY) == "compile"

    @property
    def mends(self) -> bool:
        """Whether the model reads what was wrong with its last answer."""
        return bool(self._loaded.get("mends"))

    @property
    def pause(self) -> float:
        """How long to wait whether another key comes: the longer, the slower the model."""
        return min(0.3, median(self._seconds) / 2) if self._seconds else 0.0

    def status(self) -> dict[str, Any]:
        """Return which model it is, how fast, and how often its answers were not shown."""
        return {
            "name": "model",
            "model": self._loaded.get("name", self._name.model),
            "hash": self._loaded.get("hash", ""),
            "problem": self._problem,
            "running": self._child is not None,
            "process": self._child.process_id if self._child else None,
            "deaths": self._deaths,
            "answers": len(self._seconds),
            "milliseconds": round(1000 * median(self._seconds), 1) if self._seconds else None,
            **self.counts,
        }

    def use(self, name: Name) -> None:
        """Ask another model from now on, or none if its name is empty."""
        if name == self._name:
            return
        self._name, self._problem, self._not_before = name, "", 0.0
        self._deaths = self._futile = 0
        self._seconds.clear()
        self.stop()
        missing = [part for part in name.needed if find_spec(part) is None]
        if not name.model or not missing:
            return
        self._problem, self._not_before = HOW.format(", ".join(missing)), math.inf
        if name.model != EMBEDDED:  # who set nothing need hear of nothing: the status tells
            self._complain()

    def stop(self) -> None:
        """End the process, if there is one; the next question begins it again."""
        for task in (self._starting, self._listening):
            if task is not None:
                task.cancel()
        self._child = self._starting = self._listening = None
        self._loaded = {}

    async def surrounded(self, situation: Situation, reading: Reading, line: int) -> Situation:
        """Add what stands around a line, for a model that was not taught to do without."""
        if await self._ready() is None or not self._loaded["reads_around"]:
            return situation
        return replace(situation, around=await self._server.work(around_of, reading, line))

    async def ask(
        self,
        situation: Situation,
        end: tuple[str, int] = LINE,
        tries: Sequence[Try] = (),
        hears: Callable[[str], None] | None = None,
    ) -> Answer | None:
        """Ask the model; nothing where there is none that could answer.

        It is told of earlier `tries`. `hears` is called with what the answer says so far. Being
        cancelled drops the question there, too.
        """
        child = await self._ready()
        if child is None:
            return None
        self._stay()
        before = time.perf_counter()
        name = next(self._names) if hears is not None else 0
        if hears is not None:
            self._hearing[name] = hears
        params = {
            **asdict(situation),
            "tries": list(tries),
            "name": name,
            "until": end[0],
            "most": end[1],
        }
        try:
            said = await child.request("continue", params)
        except GoneError:
            return None
        except AnsweredError as error:
            self._note(str(error))
            return None
        finally:
            self._hearing.pop(name, None)
        self._problem, self._futile = "", 0
        if end == LINE:
            self._seconds.append(time.perf_counter() - before)
        return Answer(said["text"], said["confidence"])

    async def check(self, texts: Texts) -> list[Fault] | None:
        """Have rustc, in a sandbox, say what errors a change brings; `None` if it can't.

        Of a workspace that is not trusted, nothing is given to it.
        """
        child = await self._ready() if self._server.trusted else None
        if child is None:
            self._problem = self._problem or "the workspace is not trusted"
            return None
        try:
            edition = self._server.settings.word(EDITION)
            params = {"before": texts[0], "after": texts[1], "edition": edition}
            found = (await child.request("check", params))["faults"]
        except GoneError:
            return None
        except AnsweredError as error:
            self._note(str(error))
            return None
        return [Fault(line, message) for line, message in found]

    def _hear(self, said: dict[str, Any]) -> None:
        if (hears := self._hearing.get(said["name"])) is not None:
            hears(said["text"])

    async def _ready(self) -> Child | None:
        if self._child is not None:
            return self._child
        if not self._name.model or time.monotonic() < self._not_before:
            return None
        if self._starting is None:
            self._starting = asyncio.ensure_future(self._start(self._name))
        # Whoever asks may be cancelled by the next key; who asks then wants the model all the same.
        return await asyncio.shield(self._starting)

    async def _start(self, name: Name) -> Child | None:
        words = (sys.executable, "-m", "redox_lsp.suggesting.process")
        try:
            child = await Child.launch(words, Path.home(), ONE_THREAD | OFFLINE)
            child.notes = {SAID: self._hear}
            self._listening = self._server.spawn(self._listen(child))
            self._loaded = await child.request("load", asdict(name))
            self._child = child
        except (AnsweredError, OSError) as error:
            self._give_up(str(error), math.inf)
        except GoneError:
            return None
        finally:
            self._starting = None
        return self._child

    async def _listen(self, child: Child) -> None:
        await child.listen()
        back_off = min(LONGEST_BACK_OFF, 2.0**self._futile)
        self._deaths += 1
        self._futile += 1
        last = child.said[-1] if child.said else "it said nothing"
        self._give_up(f"it ended by itself: {last}", time.monotonic() + back_off)

    def _note(self, problem: str) -> None:
        """Keep why a question had no answer, and say it once."""
        if self._problem != problem:
            self._problem = problem
            self._complain()

    def _complain(self) -> None:
        self._server.complain(f"model {self._name.model}: {self._problem}")

    def _give_up(self, problem: str, not_before: float) -> None:
        self._problem, self._not_before = problem, not_before
        self._complain()
        if self._listening is not None and self._child is None:
            self._listening.cancel()
        self._child = self._listening = None

    def _stay(self) -> None:
        """End the process once nobody has asked for a while."""
        if self._idle is not None:
            self._idle.cancel()
        self._idle = asyncio.get_running_loop().call_later(IDLE_SECONDS, self.stop)
