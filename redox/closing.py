"""Which open brackets a phrase closes before it writes, by what its row says of that.

Only soft brackets of Iron close unsaid, and only down to a head, a block or a bracket that goes on
over lines.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from redox.frames import FRAMES, HEADS, MACRO_BIT, TURBOFISH, TYPE_BRACKETS, Frame

BODY: Final = FRAMES["body"]
STRUCT_LIKE: Final = frozenset(HEADS[n] for n in ("structure", "enumeration", "union"))

_REPEATING: Final = tuple(FRAMES[n] for n in ("array", "macro_list", "macro_call"))
"""What may hold a value and how often it is repeated."""


def _without_types(frame: Frame) -> Frame:
    while frame.kind in TYPE_BRACKETS and not frame.multi:
        frame = frame.below
    return frame


def _without_turbofish(frame: Frame) -> Frame:
    inner = frame
    while inner.kind in TYPE_BRACKETS and not inner.multi:
        is_turbofish = inner.kind in TURBOFISH
        inner = inner.below
        if is_turbofish:
            return inner
    return frame


def _without_call(frame: Frame) -> Frame:
    bare = _without_types(frame)
    if bare.kind is FRAMES["call"] and not bare.multi:
        return bare.below
    return bare


def _to_head(frame: Frame) -> Frame:
    while frame.kind.soft and not frame.multi and frame.kind is not BODY:
        frame = frame.below
    return frame


def without_soft(frame: Frame) -> Frame:
    """Return what stays open where a line ends: bodies of closures don't."""
    while frame.kind.soft and not frame.multi:
        frame = frame.below
    return frame


def _to_for(frame: Frame) -> Frame:
    head = _to_head(frame)
    return head if head.kind is HEADS["for"] else frame


def _to_item(frame: Frame) -> Frame:
    head = _to_head(frame)
    is_item = head.kind.is_item or not frame.closes & MACRO_BIT  # an alias has no head
    return head if is_item else _without_types(frame)


def _to_array(frame: Frame) -> Frame:
    inner = frame
    while inner.kind.soft and inner.kind not in _REPEATING:
        inner = inner.below
    return inner if inner.kind in _REPEATING else frame


def to_statement(frame: Frame) -> Frame:
    """Return what stays open where a statement ends: of an array, `;` may part value and length."""
    inner = without_soft(frame)
    outer = frame
    while outer is not inner:
        if outer.kind in _REPEATING:
            return frame
        outer = outer.below
    return inner


def _to_fields(frame: Frame) -> Frame:
    head = _to_head(frame)
    return head if head.kind in STRUCT_LIKE else _without_types(frame)


def _to_pipe(frame: Frame) -> Frame:
    while frame.kind.name != "pipe":
        frame = frame.below
    return frame.below


def _to_block(frame: Frame) -> Frame:
    inner: Frame | None = frame
    while inner is not None and not inner.kind.is_rust:
        if inner.kind.end == "if":
            return inner
        inner = inner.parent
    return frame


CLOSERS: Final[dict[str, Callable[[Frame], Frame]]] = {
    "none": lambda frame: frame,
    "types": _without_types,
    "turbofish": _without_turbofish,
    "call": _without_call,
    "head": _to_head,
    "all": without_soft,
    "for": _to_for,
    "item": _to_item,
    "array": _to_array,
    "fields": _to_fields,
    "pipe": _to_pipe,
    "block": _to_block,
}
"""For each value of `closes`: which frame is on top once it is done."""
