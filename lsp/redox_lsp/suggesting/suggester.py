"""Ghost text: what a model would write next, if that is Iron; else nothing is shown."""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from lsprotocol import types

from redox_lsp.server import Listener
from redox_lsp.suggesting.host import Host
from redox_lsp.suggesting.situation import Situation, is_quiet, situation_at

if TYPE_CHECKING:
    from redox_lsp.server import RedoxServer
    from redox_lsp.sessions import Session
    from redox_lsp.suggesting.proving import Texts

_HALF_WORD: Final = re.compile(r"\w+\Z")
_FIRST: Final = " "
"""Sorts before whatever else is offered."""
INLINE = "text_document.inline_completion"
PATIENCE = 0.01
"""How many seconds a list of completions waits for the model's, which the next key may find."""
REMEMBERED = 64
"""How many answers are kept, for whoever types along one or takes a key back."""


class Suggester(Listener):
    """Asks the model that is set, and lets through what is sound."""

    def __init__(self, server: RedoxServer, host: Host) -> None:
        self._server = server
        self._host = host
        self._known: OrderedDict[Situation, str] = OrderedDict()
        self._going: asyncio.Task[str] | None = None
        """What is asked for the list of completions at hand."""

    def configured(self) -> None:
        """Forget what another model said."""
        self._known.clear()

    async def suggest(
        self, session: Session, params: types.InlineCompletionParams
    ) -> list[types.InlineCompletionItem]:
        """Return what could stand at a place, nothing where there is nothing sure and sound."""
        if params.context.selected_completion_info is not None:
            return []
        asked = params.context.trigger_kind == types.InlineCompletionTriggerKind.Invoked
        text = await self._rest(session, params.position, is_asked=asked)
        place = types.Range(params.position, params.position)
        return [types.InlineCompletionItem(insert_text=text, range=place)] if text else []

    async def complete(
        self, session: Session, params: types.CompletionParams
    ) -> list[types.CompletionItem]:
        """Return the same for the list of completions, where the client shows no ghost text."""
        if self._server.can(INLINE):
            return []
        if self._going is not None:
            self._going.cancel()
        going = self._server.spawn(self._rest(session, params.position, is_asked=False))
        self._going = going
        # It goes on behind the answer: who types along it is offered what is left of it.
        done, _ = await asyncio.wait({going}, timeout=PATIENCE)
        text = "".join(one.result() for one in done if not one.cancelled())
        if not text:
            return []
        body = session.reading.body_of(params.position.line)
        offset = session.index.offset(params.position)
        column = offset - session.reading.start_of(params.position.line)
        half = _HALF_WORD.search(body[:column])
        word = half[0] if half is not None else ""
        start = session.index.position(offset - len(word))
        whole = f"{word}{text}"
        return [
            types.CompletionItem(
                label=whole.strip(),
                kind=types.CompletionItemKind.Text,
                detail="from a model",
                sort_text=_FIRST,
                filter_text=whole.strip(),
                text_edit=types.TextEdit(types.Range(start, params.position), whole),
            )
        ]

    async def _rest(self, session: Session, position: types.Position, *, is_asked: bool) -> str:
        """Return how the line at a place goes on, or nothing."""
        if not session.is_iron or not self._host.is_usable:
            return ""
        await self._server.finish(session)
        version, reading = session.version, session.reading
        offset = session.index.offset(position)
        line = reading.line_of(offset)
        column = offset - reading.start_of(line)
        if reading.body_of(line)[column:].strip():
            return ""
        if not is_asked and is_quiet(reading, offset):
            return ""
        situation = await self._server.work(situation_at, reading, offset)
        if situation is None:
            return ""
        situation = await self._host.surrounded(situation, reading, line)
        text = self._remembered(situation)
        if text is None:
            text = await self._ask(situation)
        if session.version != version or not text:
            return ""
        is_proved = _is_sound(session, line, column, text)
        if is_proved and self._host.compiles:
            is_proved = await self._host.check(_texts(session, line, column, text)) == []
            if session.version != version:
                return ""
        self._host.counts["shown" if is_proved else "refused"] += 1
        return text if is_proved else ""

    def _remembered(self, situation: Situation) -> str | None:
        """Return what is left of an answer that was typed along, if there is one."""
        for known, text in reversed(self._known.items()):
            typed = situation.begun[len(known.begun) :]
            is_same = replace(situation, begun=known.begun) == known
            if is_same and situation.begun.startswith(known.begun) and text.startswith(typed):
                return text[len(typed) :]
        return None

    async def _ask(self, situation: Situation) -> str:
        await asyncio.sleep(self._host.pause)
        answer = await self._host.ask(situation)
        if answer is None:
            return ""
        text = answer.text
        if text.strip() and answer.confidence < self._host.sure:
            self._host.counts["unsure"] += 1
            text = ""
        self._known[situation] = text
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return text


def _is_sound(session: Session, line: int, column: int, text: str) -> bool:
    from redox_lsp.outline import run_at
    from redox_lsp.suggesting.proving import is_sound

    run = run_at(session.reading, line)
    if run is None:
        return False
    return is_sound(session.document, line, column, text, range(run.first, run.past))


def _texts(session: Session, line: int, column: int, text: str) -> Texts:
    from redox_lsp.suggesting.proving import texts_of

    return texts_of(session.document, line, column, text)
