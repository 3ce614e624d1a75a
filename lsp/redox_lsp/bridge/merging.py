"""Two answers to one question put together: Redox's own and rust-analyzer's, both as JSON.

Redox knows the words and the text at hand, rust-analyzer the types and the whole crate.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from redox.phrasebook import load_phrasebook
from redox.translate import reduce

Json = Any
Merge = Callable[[Json, Json], Json]

_TEXT, _VARIABLE, _KEYWORD, _SNIPPET, _OPERATOR = 1, 6, 14, 15, 24
_OF_WORDS: Final = frozenset((_KEYWORD, _SNIPPET, _OPERATOR))
"""Kinds of completions that are words of a language, not names."""
_OWN: Final = _OF_WORDS | {_TEXT}
"""Kinds of what rust-analyzer has nothing better for: Redox's words, and a model's line."""
_LOCAL, _NAME = "2", "4"
"""Where Redox sorts names of a function's own and any others, among its phrases."""
_HOLE: Final = re.compile(r"\$\{\d+:([^{}]*)\}|\$\d+|\$\{\d+\}")
_MACRO: Final = re.compile(r"(?:r#)?(\w+)!\s?([(\[{]?)")
_OPENERS: Final = {"": "macro with", "(": "macro with", "[": "macro of", "{": "macro begin"}


def both(own: Json, theirs: Json) -> Json:
    """Return all entries of both lists."""
    return [*(own or []), *(theirs or [])]


def hovers(own: Json, theirs: Json) -> Json:
    """Return rust-analyzer's hover under Redox's; both have the form that the client shows."""
    if not own or not theirs:
        return own or theirs
    above, below = own["contents"], theirs["contents"]
    if isinstance(above, str):
        return {**own, "contents": f"{above}\n\n{below}"}
    between = "\n\n---\n\n" if above["kind"] == "markdown" else "\n\n"
    contents = {**above, "value": f"{above['value']}{between}{below['value']}"}
    return {**own, "contents": contents}


def symbols(own: Json, theirs: Json) -> Json:
    """Return the symbols of both, each once."""
    found: dict[Json, Json] = {}
    for one in both(own, theirs):
        place = one["location"]
        key = (one["name"], place["uri"], place.get("range", {}).get("start", {}).get("line"))
        found.setdefault(key, one)
    return list(found.values())


def completions(own: Json, theirs: Json) -> Json:
    """Return Redox's words and a model's line with rust-analyzer's names, else Redox's own.

    Of a file of Rust Redox says nothing, and all is rust-analyzer's.
    """
    if not own or not theirs:
        return own or theirs
    names = [
        {**one, "sortText": f"{_rank(one)}{one.get('sortText') or one['label']}"}
        for one in theirs["items"]
        if one.get("kind") not in _OF_WORDS
    ]
    items = [one for one in own["items"] if not names or one.get("kind") in _OWN]
    return {"isIncomplete": bool(theirs.get("isIncomplete")), "items": items + names}


def _rank(item: Json) -> str:
    return _LOCAL if item.get("kind") == _VARIABLE else _NAME


def said_in_iron(item: Json) -> Json:
    """Return a completion of Rust as what is to be written in Iron."""
    edit = item.get("textEdit")
    text = (edit or {}).get("newText") or item.get("insertText") or item["label"]
    if item.get("insertTextFormat") == _SNIPPET_FORMAT:
        text = _HOLE.sub(lambda found: found[1] or "", text)
    macro = _MACRO.match(text)
    if macro is not None:
        text = f"{macro[1]} {load_phrasebook().by_key[_OPENERS[macro[2]]].text} "
    elif not text.isidentifier() or text in load_phrasebook().words:
        text = reduce(text).text
    said = {**item, "insertTextFormat": 1}
    if edit:
        said["textEdit"] = {**edit, "newText": text}
    else:
        said["insertText"] = text
    return said


_SNIPPET_FORMAT = 2
