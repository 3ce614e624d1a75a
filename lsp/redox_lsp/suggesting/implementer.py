"""The body of a function, written by a model: streamed, proved, and mended where it is no good."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

from lsprotocol import types

from redox_lsp.convert import is_wanted
from redox_lsp.messages import Proposed
from redox_lsp.suggesting.host import WHOLE, Host
from redox_lsp.suggesting.situation import Fault, Try, Unwritten, unwritten_at

if TYPE_CHECKING:
    from redox_lsp.server import RedoxServer
    from redox_lsp.sessions import Session

TITLE: Final = "Implement this function"
IMPLEMENT: Final = "implement"
"""Marks the data of the code action, and names the annotation of its edit."""
COMMAND: Final = "implementCommand"
"""What a client says at `initialize` that shows by a command of its own how a body is written."""
TRIES: Final = 3
"""How often a model is asked at most; the tokens of them all are so many times those of one."""
_ENDLESS: Final = Fault(0, "The answer came to no end.")
_NO_EDIT: Final = "There is no function without a body here any more."
_CHANGED: Final = "The text has changed since."


class RefusedError(Exception):
    """A body that can't be shown; the reason is for the user."""


Shows = Callable[[Proposed], None]
"""Is told how far a body is."""


class Implementer:
    """Has a model write bodies, and lets through what is sound."""

    def __init__(self, server: RedoxServer, host: Host) -> None:
        self._server = server
        self._host = host

    async def actions(
        self, session: Session, params: types.CodeActionParams
    ) -> list[types.CodeAction]:
        """Offer to write the body of a function that has none; it is written once it is wanted."""
        kind, uri = types.CodeActionKind.RefactorRewrite, session.uri
        command = self._server.options.get(COMMAND)
        resolved = self._server.capability("text_document.code_action.resolve_support.properties")
        if not self._host.is_usable or not command and "edit" not in (resolved or ()):
            return []
        if not session.is_iron or not is_wanted(kind, params.context.only):
            return []
        await self._server.finish(session)
        line = params.range.start.line
        if await self._server.work(unwritten_at, session.reading, line) is None:
            return []
        if command:
            shown = types.Command(TITLE, str(command), arguments=[uri, line])
            return [types.CodeAction(TITLE, kind=kind, command=shown)]
        data = {IMPLEMENT: {"uri": uri, "line": line}}
        return [types.CodeAction(TITLE, kind=kind, data=data)]

    async def write(self, session: Session, line: int, show: Shows = lambda _: None) -> Proposed:
        """Have the model write the body of the function at a line, and mend it.

        `show` is told how far it is. Raises `RefusedError` if there is nothing sound in the end.
        """
        await self._server.finish(session)
        version, reading = session.version, session.reading
        found = await self._server.work(unwritten_at, reading, line)
        if found is None:
            raise RefusedError(_NO_EDIT)
        situation = await self._host.surrounded(found.situation, reading, line)
        tries: list[Try] = []
        fault = ""
        for number in range(1, TRIES + 1):
            place = (session.uri, version, found.body.start, found.body.stop)
            propose = partial(Proposed, *place, number=number, fault=fault)
            hears = partial(_tell, show, found, propose)
            answer = await self._host.ask(situation, WHOLE, tries, hears)
            if answer is None:
                raise RefusedError(f"No model answers: {self._host.problem}")
            text, is_whole = body_of(found, answer.text)
            _check(session, version)
            faults = await self._faults(session, found, text) if is_whole else [_ENDLESS]
            _check(session, version)
            if not faults:
                self._host.counts["shown"] += 1
                return propose(text=text)
            self._host.counts["refused"] += 1
            fault = _told(faults)
            if not self._host.mends:
                break
            tries.append((f"{situation.begun}{answer.text}", _of_answer(found, faults)))
        raise RefusedError(f"What the model wrote is no good. {fault}")

    async def _faults(self, session: Session, found: Unwritten, text: str) -> list[Fault]:
        """Return what is wrong with a body: that it is no Iron, or does not compile."""
        from redox_lsp.suggesting.proving import body_texts_of, faults_of_body

        faults = faults_of_body(session.document, found.body, text, found.item)
        if faults or not self._host.compiles:
            return faults
        compiled = await self._host.check(body_texts_of(session.document, found.body, text))
        if compiled is None:
            raise RefusedError(f"What the model wrote can't be compiled: {self._host.problem}")
        return compiled

    def edit_of(self, proposal: Proposed) -> types.WorkspaceEdit:
        """Return a proposal as an edit; a client that can is asked to show it before it is made."""
        first, past = proposal.start_line, proposal.end_line
        place = types.Range(types.Position(first, 0), types.Position(past, 0))
        if not self._server.can("workspace.workspace_edit.change_annotation_support"):
            return types.WorkspaceEdit({proposal.uri: [types.TextEdit(place, proposal.text)]})
        edit = types.AnnotatedTextEdit(IMPLEMENT, place, proposal.text)
        document = types.OptionalVersionedTextDocumentIdentifier(proposal.uri, proposal.version)
        annotation = types.ChangeAnnotation("Written by a model", needs_confirmation=True)
        return types.WorkspaceEdit(
            document_changes=[types.TextDocumentEdit(document, [edit])],
            change_annotations={IMPLEMENT: annotation},
        )


def body_of(found: Unwritten, said: str) -> tuple[str, bool]:
    """Return the lines of a body that an answer says, as they stand in the document, and whether
    the answer has come to what closes it.
    """
    body, is_whole, _ = said.partition(f"\n{found.closer}")
    lines = body.rstrip().split("\n") if body.strip() else []
    text = "".join(f"{found.indent}{one}\n" if one else "\n" for one in lines)
    return text, bool(text and is_whole)


def _tell(show: Shows, found: Unwritten, propose: Callable[..., Proposed], said: str) -> None:
    """Show how far an answer is: its whole lines, and the one that is being written."""
    show(propose(text=body_of(found, said)[0]))


def _check(session: Session, version: int) -> None:
    if session.version != version:
        raise RefusedError(_CHANGED)


def _of_answer(found: Unwritten, faults: list[Fault]) -> list[Fault]:
    """Return faults of a document's lines as those of an answer's, which begins with the head."""
    return [Fault(max(0, one.line - found.head), one.message) for one in faults]


def _told(faults: list[Fault]) -> str:
    """Return what a person is told of faults: the first, and how many there are besides."""
    first, more = faults[0], len(faults) - 1
    place = f"Line {first.line}: " if first.line else ""
    return f"{place}{first.message}{f' (and {more} more)' if more else ''}"
