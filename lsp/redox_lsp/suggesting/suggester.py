"""Ghost text: what a model would write next, if that is Iron; else nothing is shown."""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from lsprotocol import types

from redox_lsp.convert import is_wanted
from redox_lsp.server import Listener
from redox_lsp.suggesting.host import WHOLE, Host
from redox_lsp.suggesting.naming import Name, is_address
from redox_lsp.suggesting.situation import (
    Situation,
    around_of,
    is_quiet,
    situation_at,
    unwritten_at,
)

if TYPE_CHECKING:
    from redox_lsp.reading import Reading
    from redox_lsp.server import RedoxServer
    from redox_lsp.sessions import Session
    from redox_lsp.suggesting.proving import Texts

_HALF_WORD: Final = re.compile(r"\w+\Z")
_FIRST: Final = " "
"""Sorts before whatever else is offered."""
MODEL, SERVED = "completion.model", "completion.served"
VERIFY, EDITION = "completion.verify", "rustc.edition"
INLINE = "text_document.inline_completion"
PATIENCE = 0.01
"""How many seconds a list of completions waits for the model's, which the next key may find."""
IMPLEMENT = "implement"
REMEMBERED = 64
"""How many answers are kept, for whoever types along one or takes a key back."""


class RefusedError(Exception):
    """A body that can't be shown; the reason is for the user."""


class Suggester(Listener):
    """Asks the model that is set, and lets through what is sound."""

    def __init__(self, server: RedoxServer) -> None:
        self._server = server
        self._host = Host(server)
        self._known: OrderedDict[Situation, str] = OrderedDict()
        self._going: asyncio.Task[str] | None = None
        """What is asked for the list of completions at hand."""
        self._counts = dict.fromkeys(("shown", "unsure", "refused"), 0)

    def status(self) -> dict[str, Any]:
        """Return which model it is, how fast, and how often its answers were not shown."""
        return self._host.status() | self._counts

    def configured(self) -> None:
        """Ask the model that is set now."""
        word, key = self._server.settings.word, self._server.key
        model = word(MODEL)
        self._host.use(Name(model, word(SERVED), key) if is_address(model) else Name(model))
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
        situation = await self._with_surroundings(situation, reading, line)
        text = self._remembered(situation)
        if text is None:
            text = await self._ask(situation)
        if session.version != version or not text:
            return ""
        is_proved = _is_sound(session, line, column, text)
        if is_proved and self._compiles:
            is_proved = await self._is_compiled(_texts(session, line, column, text))
            if session.version != version:
                return ""
        self._counts["shown" if is_proved else "refused"] += 1
        return text if is_proved else ""

    async def _with_surroundings(
        self, situation: Situation, reading: Reading, line: int
    ) -> Situation:
        """Add what stands around, for a model that was not taught to do without."""
        if not self._host.is_elsewhere:
            return situation
        return replace(situation, around=await self._server.work(around_of, reading, line))

    @property
    def _compiles(self) -> bool:
        return self._server.settings.word(VERIFY) == "compile"

    async def _is_compiled(self, texts: Texts) -> bool:
        """Ask rustc; of a workspace that is not trusted, nothing is given to it."""
        if not self._server.trusted:
            return False
        return await self._host.check(*texts, self._server.settings.word(EDITION))

    # ---- a whole function ----

    async def actions(
        self, session: Session, params: types.CodeActionParams
    ) -> list[types.CodeAction]:
        """Offer to write the body of a function that has none; it is written once it is wanted."""
        kind, uri = types.CodeActionKind.RefactorRewrite, session.uri
        resolved = self._server.capability("text_document.code_action.resolve_support.properties")
        if not self._host.is_usable or "edit" not in (resolved or ()):
            return []
        if not session.is_iron or not is_wanted(kind, params.context.only):
            return []
        await self._server.finish(session)
        line = params.range.start.line
        if await self._server.work(unwritten_at, session.reading, line) is None:
            return []
        data = {IMPLEMENT: {"uri": uri, "line": line, "version": session.version}}
        return [types.CodeAction("Implement this function", kind=kind, data=data)]

    async def implement(self, session: Session, line: int) -> types.WorkspaceEdit:
        """Have the model write the body of a function; raises `RefusedError` if it can't be shown.

        A client that can is asked to show what would change before it does.
        """
        await self._server.finish(session)
        version, reading = session.version, session.reading
        found = await self._server.work(unwritten_at, reading, line)
        if found is None:
            raise RefusedError("There is no function without a body here any more.")
        situation = await self._with_surroundings(found.situation, reading, line)
        answer = await self._host.ask(situation, WHOLE)
        if answer is None:
            raise RefusedError(f"No model answers: {self._host.problem}")
        if session.version != version:
            raise RefusedError("The text has changed since.")
        body, is_whole, _ = answer.text.partition(f"\n{found.closer}")
        text = "".join(f"{found.indent}{one}\n" if one else "\n" for one in body.split("\n"))
        if not is_whole or not body.strip():
            raise RefusedError("The model came to no end.")
        if not _is_sound_body(session, found.body, text):
            self._counts["refused"] += 1
            raise RefusedError("What the model wrote is no Iron.")
        if self._compiles and not await self._is_compiled(_body_texts(session, found.body, text)):
            self._counts["refused"] += 1
            raise RefusedError("What the model wrote does not compile.")
        if session.version != version:
            raise RefusedError("The text has changed since.")
        self._counts["shown"] += 1
        first, past = types.Position(found.body.start, 0), types.Position(found.body.stop, 0)
        return self._edit(session, types.Range(first, past), text)

    def _edit(self, session: Session, place: types.Range, text: str) -> types.WorkspaceEdit:
        if not self._server.can("workspace.workspace_edit.change_annotation_support"):
            return types.WorkspaceEdit({session.uri: [types.TextEdit(place, text)]})
        edit = types.AnnotatedTextEdit(IMPLEMENT, place, text)
        document = types.OptionalVersionedTextDocumentIdentifier(session.uri, session.version)
        annotation = types.ChangeAnnotation("Written by a model", needs_confirmation=True)
        return types.WorkspaceEdit(
            document_changes=[types.TextDocumentEdit(document, [edit])],
            change_annotations={IMPLEMENT: annotation},
        )

    # ---- the rest of a line ----

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
            self._counts["unsure"] += 1
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


def _body_texts(session: Session, body: range, text: str) -> Texts:
    from redox_lsp.suggesting.proving import body_texts_of

    return body_texts_of(session.document, body, text)


def _is_sound_body(session: Session, body: range, text: str) -> bool:
    from redox_lsp.outline import run_at
    from redox_lsp.suggesting.proving import is_sound_body

    run = run_at(session.reading, body.start - 1)
    return run is not None and is_sound_body(
        session.document, body, text, range(run.first, run.past)
    )
