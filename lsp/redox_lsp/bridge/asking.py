"""A question put to rust-analyzer in Rust, and its answer said of what people write.

One way for all methods: carried over, asked, carried back. What a method needs besides stands in
`FINISHERS`; completion at a place where nothing is written yet has a way of its own.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from lsprotocol import types

from redox.phrasebook import load_phrasebook
from redox.translate import reduce
from redox_lsp.bridge.carrying import SPARE, Carrier, UnmappedError, to_rust
from redox_lsp.bridge.child import AnsweredError
from redox_lsp.bridge.editing import RefusedError, text_edits, workspace_edit
from redox_lsp.bridge.merging import said_in_iron
from redox_lsp.bridge.methods import METHODS
from redox_lsp.bridge.painting import PAINTED, Painted, names_of, painter
from redox_lsp.bridge.scenes import Scene
from redox_lsp.bridge.twins import Place, Twin
from redox_lsp.convert import hover_formats, markup
from redox_lsp.features.symbols import fits
from redox_lsp.sessions import IRON, RUST

if TYPE_CHECKING:
    from redox_lsp.bridge.keeper import Keeper
    from redox_lsp.colours import Names
    from redox_lsp.server import RedoxServer
    from redox_lsp.sessions import Session

logger = logging.getLogger(__name__)

Json = Any

VERSIONED = "workspace.workspace_edit.document_changes"
DISABLED = "text_document.code_action.disabled_support"
DOT, CALLING = "dot", "calling"
"""The phrases before a field and before a method."""
STANDIN = "redox_here"
"""The name that stands where one is about to be written, so that the line can be read."""


class StaleError(Exception):
    """The text has changed since; the question is to be asked again."""


class Asker:
    """Asks rust-analyzer for one server."""

    def __init__(self, server: RedoxServer, keeper: Keeper) -> None:
        self._server = server
        self._keeper = keeper

    async def ask(self, method: str, uri: str, params: Json) -> Json:
        """Return the answer about a document, or None where there is none.

        Raises `RefusedError`, `StaleError` and `AnsweredError`.
        """
        scene = await self._keeper.scene()
        here = scene.of_document(uri)
        if here is None:
            return None
        if method == types.TEXT_DOCUMENT_COMPLETION and here.is_iron:
            return await self._complete(scene, here, params)
        try:
            asked = to_rust(params, scene, here)
        except UnmappedError:
            return None
        result = await self._request(method, asked, here)
        return await self._server.work(self._finish, method, result, scene, here)

    async def search(self, query: str) -> Json:
        """Return the symbols of all workspaces whose names hold the letters of `query`."""
        scene = await self._keeper.scene()
        nowhere = Twin("", "", None, scene.book.encoding, (), is_iron=False)
        try:
            result = await self._request(types.WORKSPACE_SYMBOL, {"query": query}, nowhere)
        except AnsweredError as error:
            logger.warning("%s: %s", types.WORKSPACE_SYMBOL, error)
            return []
        return await self._server.work(Carrier(scene, nowhere).carry, result or [])

    async def expand(self, uri: str, position: Json) -> Json:
        """Return what the macro at a place becomes, in the document's language."""
        scene = await self._keeper.scene()
        here = scene.of_document(uri)
        if here is None:
            return None
        asked = {"textDocument": {"uri": uri}, "position": position}
        try:
            params = to_rust(asked, scene, here)
        except UnmappedError:
            return None
        found = await self._request("rust-analyzer/expandMacro", params, here)
        if found is None:
            return None
        text = found["expansion"]
        if here.is_iron:
            text = (await self._server.work(reduce, text, slow=True)).text
        return {"name": found["name"], "languageId": IRON if here.is_iron else RUST, "text": text}

    async def _request(self, method: str, params: Json, here: Twin) -> Json:
        return await self._keeper.request(method, params, lambda: self._is_current(here))

    def _is_current(self, twin: Twin) -> bool:
        session = self._server.sessions.get(twin.uri)
        return twin.version is None or (session is not None and session.version == twin.version)

    def _finish(self, method: str, result: Json, scene: Scene, here: Twin) -> Json:
        if result is None:
            return None
        finish = FINISHERS.get(method)
        if finish is not None:
            return finish(self, result, scene, here)
        row = METHODS.get(method)
        try:
            return Carrier(scene, here, row.spare if row else SPARE).carry(result)
        except UnmappedError:
            return None

    # ---- colours ----

    async def names(self, session: Session) -> Names:
        """Return what the names in a document are, as far as that can be told."""
        scene = await self._keeper.scene()
        here = scene.by_uri[session.uri]
        asked = {"textDocument": {"uri": Path(here.shadow).as_uri()}}
        try:
            result = await self._request(types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL, asked, here)
        except AnsweredError as error:
            logger.warning("%s: %s", asked["textDocument"]["uri"], error)
            return {}
        if result is None or self._keeper.legend is None:
            return {}
        kept: Painted = session.memory.get(PAINTED, {})
        paint = painter(self._keeper.legend)
        names, painted = await self._server.work(names_of, result["data"], here, paint, kept)
        session.memory[PAINTED] = painted
        return names

    # ---- completion ----

    async def _complete(self, scene: Scene, here: Twin, params: Json) -> Json:
        """Complete the word that ends at a place, or, where none does, one that stands in."""
        position = params["position"]
        place = position["line"], position["character"]
        asked = {
            "textDocument": {"uri": Path(here.shadow).as_uri()},
            "context": {"triggerKind": 1},
        }
        method = types.TEXT_DOCUMENT_COMPLETION
        word = here.word_before(place)
        found = here.to_rust(place) if word else None
        if found is not None:
            result = await self._request(method, asked | {"position": _position(found)}, here)
            return await self._server.work(self._items, result, scene, here, here, place)
        pretended = here.with_word(place, STANDIN)
        start = pretended.to_rust(place)
        if start is None:
            return None
        version = here.version or 0
        async with self._keeper.showing(here.shadow, version, pretended.shadow_lines):
            result = await self._request(method, asked | {"position": _position(start)}, here)
        return await self._server.work(self._items, result, scene, here, pretended, place)

    def items(self, result: Json, scene: Scene, here: Twin) -> Json:
        """Return completions in a file of Rust."""
        return self._items(result, scene, here, here)

    def _items(
        self, result: Json, scene: Scene, here: Twin, asked: Twin, place: Place | None = None
    ) -> Json:
        """Return completions of the text `asked`, each with what `resolve` is asked with.

        There are hundreds; those that the client would not show for the word that is written don't
        go over the wire, so it has to ask again for another word.
        """
        if result is None:
            return None
        found = result if isinstance(result, dict) else {"isIncomplete": False, "items": result}
        carrier = Carrier(scene, asked)
        word = "" if place is None else here.word_before(place)
        dot = None if place is None else here.phrase_before(place, DOT)
        letters = word.casefold()
        items = [
            said
            for one in found["items"]
            if fits((one.get("filterText") or one["label"]).casefold(), letters)
            and (said := self._item(one, carrier, here, dot))
        ]
        is_incomplete = bool(word) or bool(found.get("isIncomplete"))
        return {"isIncomplete": is_incomplete, "items": items}

    def _item(self, item: Json, carrier: Carrier, here: Twin, dot: Json) -> Json:
        """Return a completion with what `resolve` is asked with; None where it has no place.

        Behind `dot` Iron has a field, so a method wants another word there: its place is `dot`.
        """
        item.pop("command", None)
        try:
            for key in ("textEdit", "additionalTextEdits"):
                if key in item:
                    item[key] = carrier.carry(item[key])
        except UnmappedError:
            return None
        item["data"] = {"uri": here.uri, "theirs": item.get("data"), "version": here.version}
        if dot is not None and item.get("kind") == types.CompletionItemKind.Method.value:
            calling = load_phrasebook().by_key[CALLING].text
            item.setdefault("additionalTextEdits", []).append({"range": dot, "newText": calling})
        return said_in_iron(item) if here.is_iron else item

    async def resolve_completion(self, item: Json) -> Json:
        """Return a completion with its documentation, and what is to be imported for it."""
        data = item["data"]
        scene = await self._keeper.scene()
        here = scene.of_document(data["uri"])
        if here is None:
            return item
        asked = {"label": item["label"], "kind": item.get("kind"), "data": data["theirs"]}
        found = await self._request(types.COMPLETION_ITEM_RESOLVE, asked, here)
        for key in ("documentation", "detail"):
            if found and found.get(key):
                item[key] = found[key]
        edits = (found or {}).get("additionalTextEdits")
        if edits:
            found = await self._server.work(text_edits, edits, here, slow=True)
            item["additionalTextEdits"] = [*item.get("additionalTextEdits", []), *found]
        return item

    # ---- edits ----

    def edit(self, edit: Json, scene: Scene) -> Json:
        """Return a workspace edit said of the documents.

        Raises `RefusedError`, and `StaleError` if one of them has changed since.
        """
        said = workspace_edit(edit, scene, has_versions=self._server.can(VERSIONED))
        if not all(map(self._is_current, scene.by_uri.values())):
            raise StaleError
        return said

    def actions(self, result: Json, scene: Scene, here: Twin) -> Json:
        """Return code actions; one whose edit can't be said is none, or says why."""
        found = []
        for action in result:
            edit = action.pop("edit", None)
            data = action.pop("data", None)
            action.pop("command", None)
            action.pop("diagnostics", None)
            if edit is not None:
                try:
                    action["edit"] = self.edit(edit, scene)
                except RefusedError as refused:
                    if not self._server.can(DISABLED):
                        continue
                    action["disabled"] = {"reason": str(refused)}
            elif data is not None:
                theirs = {"title": action["title"], "kind": action.get("kind"), "data": data}
                action["data"] = {"uri": here.uri, "version": here.version, "theirs": theirs}
            else:
                continue
            found.append(action)
        return found

    async def resolve_action(self, action: Json) -> Json:
        """Return a code action with its edit; raises as `edit` does."""
        data = action["data"]
        scene = await self._keeper.scene()
        here = scene.of_document(data["uri"])
        if here is None or here.version != data["version"]:
            raise StaleError
        found = await self._request(types.CODE_ACTION_RESOLVE, data["theirs"], here)
        if not found or "edit" not in found:
            raise StaleError
        edit = await self._server.work(self.edit, found["edit"], scene, slow=True)
        return {**action, "edit": edit}

    def hints(self, result: Json, scene: Scene, here: Twin) -> Json:
        """Return inlay hints; what one inserts is said in Iron once somebody wants it."""
        if not here.is_iron:
            return Carrier(scene, here).carry(result)
        edits = [hint.pop("textEdits", None) for hint in result]
        for number, hint in enumerate(result):
            hint["data"] = number
        carried = Carrier(scene, here).carry(result)
        for hint in carried:
            edit = edits[hint["data"]]
            hint["data"] = {"uri": here.uri, "version": here.version, "edits": edit}
        return carried

    async def resolve_hint(self, hint: Json) -> Json:
        """Return an inlay hint with the edit that writes it; raises as `edit` does."""
        data = hint["data"]
        scene = await self._keeper.scene()
        here = scene.of_document(data["uri"])
        if here is None or here.version != data["version"]:
            raise StaleError
        if not data["edits"]:
            return hint
        edits = await self._server.work(text_edits, data["edits"], here, slow=True)
        return {**hint, "textEdits": edits}

    def hover(self, result: Json, scene: Scene, here: Twin) -> Json:
        """Return a hover, which is Markdown, in a form that the client shows."""
        carried = Carrier(scene, here, spare=("range",)).carry(result)
        shown = markup(carried["contents"]["value"], hover_formats(self._server.capability))
        return {**carried, "contents": self._server.protocol.unstructured(shown)}

    def rename(self, result: Json, scene: Scene, here: Twin) -> Json:
        """Return what a rename changes, all of it or nothing."""
        return self.edit(result, scene)

    def renamable(self, result: Json, scene: Scene, here: Twin) -> Json:
        """Return what would be renamed, by its name in Rust: Iron may have an escape before it."""
        place = result.get("range", result)
        line, start, end = place["start"]["line"], place["start"], place["end"]
        name = here.shadow_lines[line][start["character"] : end["character"]]
        try:
            return {"range": Carrier(scene, here).carry(place), "placeholder": name}
        except UnmappedError:
            raise RefusedError(f"`{name}` is not written here.") from None


Finisher = Callable[[Asker, Json, Scene, Twin], Json]
FINISHERS: Final[Mapping[str, Finisher]] = {
    types.TEXT_DOCUMENT_HOVER: Asker.hover,
    types.TEXT_DOCUMENT_COMPLETION: Asker.items,
    types.TEXT_DOCUMENT_CODE_ACTION: Asker.actions,
    types.TEXT_DOCUMENT_INLAY_HINT: Asker.hints,
    types.TEXT_DOCUMENT_RENAME: Asker.rename,
    types.TEXT_DOCUMENT_PREPARE_RENAME: Asker.renamable,
}
"""What is done with an answer where carrying it over is not all."""


def _position(place: Place) -> dict[str, int]:
    return {"line": place[0], "character": place[1]}
