"""What is wrong in each document, and when the client hears of it.

Redox's own diagnostics go out as one types. rustc's come after a pause or a save and stay where
they were, moved by edits, until rustc has spoken again. A client that asks for diagnostics gets
them as answers, and is told when there are new ones from rustc.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from lsprotocol import types

from redox.diagnostics import Diagnostic, Edit, Related, Severity, Span
from redox_lsp.convert import RELATES, is_wanted, lsp_diagnostic, text_edit
from redox_lsp.said import Fix, Said
from redox_lsp.server import Listener
from redox_lsp.sessions import Edited, Session

if TYPE_CHECKING:
    from redox_lsp.server import RedoxServer


class Diagnoser(Listener):
    """Gathers what is known to be wrong in each document and tells the client."""

    def __init__(self, server: RedoxServer) -> None:
        self._server = server
        self._said: dict[str, tuple[Said, ...]] = {}
        self._native: dict[str, tuple[Said, ...]] = {}
        self._published: set[str] = set()

    def said(self, session: Session) -> tuple[Said, ...]:
        """Return what rustc said of a document, at its places of now."""
        return self._said.get(session.uri, ())

    def diagnostics(self, session: Session) -> list[types.Diagnostic]:
        """Return all that is wrong in a document."""
        own = [(one, "redox") for one in session.document.diagnostics] if session.is_iron else []
        others = [(one.diagnostic, "rustc") for one in self.said(session)]
        if not any(one.severity is Severity.ERROR for one, _ in own):
            # It would say again what Redox says, in other words; and so would it what rustc does.
            others += [
                (one.diagnostic, "rust-analyzer")
                for one in self._native.get(session.uri, ())
                if not any(_is_same(one.diagnostic, other) for other, _ in others)
            ]
        index = session.index
        return [
            lsp_diagnostic(one, source, session.uri, index, self._relates)
            for one, source in own + others
        ]

    def fixes(self, session: Session, params: types.CodeActionParams) -> list[types.CodeAction]:
        """Return what rustc suggests in a range."""
        kind = types.CodeActionKind.QuickFix
        if not is_wanted(kind, params.context.only):
            return []
        asked, index = session.index.span(params.range), session.index
        return [
            types.CodeAction(
                title=fix.title,
                kind=kind,
                diagnostics=[
                    lsp_diagnostic(one.diagnostic, "rustc", session.uri, index, self._relates)
                ],
                edit=types.WorkspaceEdit({session.uri: [text_edit(e, index) for e in fix.edits]}),
            )
            for one in self.said(session)
            if _touch(one.diagnostic.span, asked)
            for fix in one.fixes
        ]

    @property
    def _relates(self) -> bool:
        return self._server.can(RELATES)

    def take(self, session: Session, said: tuple[Said, ...]) -> None:
        """Take what rustc says of a document's text as it stands."""
        self._take(self._said, session, said)

    def take_native(self, session: Session, said: tuple[Said, ...]) -> None:
        """Take what rust-analyzer says of a document's text as it stands."""
        self._take(self._native, session, said)

    def _take(
        self, kept: dict[str, tuple[Said, ...]], session: Session, said: tuple[Said, ...]
    ) -> None:
        if session.uri in self._server.sessions and said != kept.get(session.uri, ()):
            kept[session.uri] = said
            self._tell(session)
            if self._server.pulls_diagnostics:
                self._server.workspace_diagnostic_refresh(None)

    def edited(self, session: Session, edits: list[Edited]) -> None:
        """Move what was said along with the text."""
        for kept in (self._said, self._native):
            if session.uri in kept:
                kept[session.uri] = moved_said(kept[session.uri], edits)

    def settled(self, session: Session) -> None:
        """Tell what is wrong now."""
        self._tell(session)

    def closed(self, session: Session) -> None:
        """Clear what was told of a document."""
        self._said.pop(session.uri, None)
        self._native.pop(session.uri, None)
        if session.uri in self._published:
            self._published.discard(session.uri)
            self._publish(session.uri, None, [])

    def _tell(self, session: Session) -> None:
        if self._server.pulls_diagnostics:
            return
        found = self.diagnostics(session)
        if found or session.uri in self._published:
            self._published.add(session.uri)
            self._publish(session.uri, session.version, found)

    def _publish(self, uri: str, version: int | None, found: list[types.Diagnostic]) -> None:
        self._server.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(uri, found, version)
        )


def _is_same(one: Diagnostic, other: Diagnostic) -> bool:
    """Tell whether two diagnostics say one thing: of one kind, at places that touch."""
    return one.code == other.code and _touch(one.span, other.span)


def moved_said(said: tuple[Said, ...], edits: Sequence[Edited]) -> tuple[Said, ...]:
    """Return what was said of a text at its places behind edits of the text."""
    for edit in edits:
        said = tuple(_moved(said, edit))
    return said


def _moved(said: tuple[Said, ...], edit: Edited) -> Iterator[Said]:
    """Move what was said along with an edit; what was said of a text that changed is dropped."""
    for one in said:
        span = moved_span(one.diagnostic.span, edit)
        if span is not None:
            fixes = tuple(kept for fix in one.fixes if (kept := _moved_fix(fix, edit)))
            yield Said(_moved_diagnostic(one.diagnostic, span, edit), fixes)


def _moved_fix(fix: Fix, edit: Edited) -> Fix | None:
    """Move a fix along with an edit; one whose place changed is no fix any longer."""
    spans = [moved_span(one.span, edit) for one in fix.edits]
    edits = [Edit(span, one.text) for span, one in zip(spans, fix.edits, strict=True) if span]
    return Fix(fix.title, tuple(edits)) if len(edits) == len(spans) else None


def _moved_diagnostic(diagnostic: Diagnostic, span: Span, edit: Edited) -> Diagnostic:
    related = tuple(
        Related(place, one.message)
        for one in diagnostic.related
        if (place := moved_span(one.span, edit)) is not None
    )
    return replace(diagnostic, span=span, related=related)


def moved_span(span: Span, edit: Edited) -> Span | None:
    """Return where a span lies behind an edit; None if the edit changed what it held."""
    if span.end <= edit.start:
        return span
    if span.start >= edit.end:
        grown = edit.length - (edit.end - edit.start)
        return Span(span.start + grown, span.end + grown)
    return None


def _touch(span: Span, other: Span) -> bool:
    return span.start <= other.end and other.start <= span.end
