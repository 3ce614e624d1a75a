"""Words that are edited together: that which opens a block, and the same word behind its `end`."""

from __future__ import annotations

from redox import Span
from redox_lsp.blocks import Block, blocks_of, blocks_on
from redox_lsp.reading import Reading
from redox_lsp.resolving import span_of


def linked_ranges(reading: Reading, offset: int) -> tuple[Span, ...]:
    """Return the places of a block's word if an offset stands in one of them."""
    line = reading.line_of(offset)
    for block in (*blocks_on(reading, line), *blocks_of(reading)):
        if line not in (block.first.line, block.closer.line if block.closer else -1):
            continue
        spans = _words(reading, block)
        if any(span.start <= offset <= span.end for span in spans):
            return spans
    return ()


def _words(reading: Reading, block: Block) -> tuple[Span, ...]:
    """Return a block's word at its head and at its end, if they are the same."""
    if block.head is None or block.closer is None or block.closer.start == block.closer.end:
        return ()
    head, closer = span_of(reading, block.head), span_of(reading, block.closer)
    word = reading.text[head.start : head.end]
    end = reading.text[closer.start : closer.end]
    if not end.endswith(f" {word}") or " " in word:
        return ()
    return head, Span(closer.end - len(word), closer.end)
