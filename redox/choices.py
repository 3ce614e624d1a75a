"""Which phrase says which token of Rust, by what stands around it.

Nothing here decides what is right, only what reads well: each phrase means its tokens wherever
it stands, and a line that would be read otherwise is said again more plainly.
"""

from __future__ import annotations

from typing import Final

from redox import frames as f
from redox.frames import FRAMES, HEADS, Frame, FrameKind
from redox.keywords import PRIMITIVES
from redox.planner import Handler, Planner

_GENERICS_BEFORE: Final = frozenset(("fn", "struct", "enum", "trait", "type", "union", "impl"))
_TYPE_BEFORE: Final = frozenset(("&", "mut", "const", "->", ":", "<", "dyn"))
_BOUNDED: Final = frozenset(("function", "implement", "trait", "structure", "enumeration", "union"))
_STRUCT_LIKE: Final = frozenset(HEADS[n] for n in ("structure", "enumeration", "union"))
_BINDINGS: Final = frozenset(("let", "const", "static", "type"))
_PATTERN_HEADS: Final = {HEADS["if"]: "let", HEADS["while"]: "let", HEADS["for"]: "for"}


def hard(frame: Frame) -> Frame:
    """Return the innermost frame that is no soft bracket."""
    while frame.kind.soft and frame.parent is not None:
        frame = frame.parent
    return frame


def bracket(frame: Frame) -> FrameKind:
    """Return the innermost frame that is no head."""
    while (frame.kind.is_head or frame.kind is FRAMES["body"]) and frame.parent is not None:
        frame = frame.parent
    return frame.kind


# ---- brackets ----


def parenthesis(p: Planner, index: int) -> int:
    empty = p.is_next(index + 1, ")")
    op = p.op
    if op == f.EITHER and p.top.kind is HEADS["structure"]:
        return p.say(index, "containing")
    if p.wants():
        if empty:
            return p.say(index, "unit value")
        if index in p.has_comma:
            return p.say(index, "tuple of")
        return p.say(index, "quantity of" if index + 1 == p.past else "quantity")
    if op == f.CALLABLE:
        if empty and p.gap_is(index, ""):
            if not p.is_next(index + 2, "("):
                p.owe("()", f.AFTER)
                return index + 2
            return p.say(index, "with nothing")
        return p.say(index, "takes" if p.top.kind is HEADS["function"] else "with")
    if not op & f.AFTER_ALLOWED:
        return p.spell(index)
    if empty:
        return p.say(index, "with nothing")
    is_structure = p.top.kind is HEADS["structure"] and "where" not in p.text[p.first : index]
    declares = is_structure or p.top.kind is FRAMES["enumeration"]
    return p.say(index, "containing" if declares else "with")


def square(p: Planner, index: int) -> int:
    if p.wants():
        if p.is_next(index + 1, "]"):
            return p.say(index, "empty array")
        return p.say(index, "slice of" if _is_slice(p, index) else "array of")
    return p.say(index, "at index")


def _is_slice(p: Planner, index: int) -> bool:
    partner = p.partner_on_line(index)
    if partner < 0 or index in p.has_comma or p.at(index - 1) not in _TYPE_BEFORE:
        return False
    if ";" in p.text[index + 1 : partner]:
        return False
    element = p.at(index + 1)
    return element[:1].isupper() or element in PRIMITIVES or element[:1] in "&'[("


def brace(p: Planner, index: int) -> int:
    head = p.top
    if head.kind is FRAMES["where"] and head.parent is not None:
        head = head.parent
    if (
        head.kind.is_head
        and (head.kind.is_item or p.op & (f.AFTER_ALLOWED | f.STARTED))
        and not p.machine.wants_operand_of(head.kind)
        and not _in_pattern(p, head, index)
    ):
        return p.say(index, _BLOCK_WORDS.get(head.kind.name, "begin"))
    if p.wants():
        if p.at(index - 1) == "use" and p.gap_is(index, " "):
            return p.spell(index)
        return p.say(index, "begin")
    if p.op & f.AFTER_ALLOWED:
        if p.top.kind is FRAMES["body"] and _follows_return_type(p, index):
            return p.say(index, "begin")
        if p.at(index - 1) == ")" and p.machine.stmt & f.HEADED:
            return p.say(index, "begin")
        if p.is_next(index + 1, "}"):
            return p.say(index, "with no fields", "with fields")
        if p.at(index - 1) == ">" or p.at(index - 1)[:1].isalpha() or p.at(index - 1)[:1] == "_":
            return p.say(index, "with fields", "begin")
        return p.say(index, "begin")
    return p.spell(index)


def _follows_return_type(p: Planner, index: int) -> bool:
    """Tell whether `-> T` stands before a brace, so that it opens a closure's body."""
    back = index - 1
    while back > 0 and p.text[back] not in ("->", "|", "||", ",", ";", "(", "{", "="):
        opened = p.partner_on_line(back)
        back = (opened if p.text[back] in (")", "]", ">") and opened >= 0 else back) - 1
    return p.text[back] == "->"


_BLOCK_WORDS: Final = {
    "if": "then",
    "while": "do",
    "for": "do",
    "loop": "do",
    "match": "against",
    "structure": "with fields",
    "union": "with fields",
    "enumeration": "with variants",
}


def _in_pattern(p: Planner, head: Frame, index: int) -> bool:
    """Tell whether a brace stands in the pattern of `if let`, `while let` or `for`."""
    opener = _PATTERN_HEADS.get(head.kind)
    if opener is None:
        return False
    back = index - 1
    while back >= 0:
        token = p.text[back]
        if token in (")", "]", "}") and p.partner_on_line(back) >= 0:
            back = p.partner_on_line(back) - 1
            continue
        if token in ("(", "[", "{", ";"):
            return False
        if token == opener:
            return True
        if token in ("=", "in", "if", "while", "=>"):
            return False
        back -= 1
    return False


def closing_brace(p: Planner, index: int) -> int:
    frame = p.top
    while not frame.kind.is_bracket and frame.parent is not None:
        frame = frame.parent
    if frame.kind is FRAMES["if"] and p.is_next(index + 1, "else", " "):
        for text in ("otherwise if", "otherwise"):
            phrase = p.said[text]
            fits = p.is_next(index + 2, phrase.tokens[-1][1], " ")
            if fits and p.try_say(phrase, index, 3):
                return index + 3
    return p.close(index)


def less(p: Planner, index: int) -> int:
    if not p.is_angle(index):
        return p.say(index, "is less than")
    before = p.at(index - 1)
    if p.wants() and p.op != f.EITHER:
        return p.say(index, "qualified")
    if before == "impl" or p.op == f.CALLABLE or p.at(index - 2) in _GENERICS_BEFORE:
        return p.say(index, "generic over", "of")
    if p.op == f.EITHER:
        return p.say(index, "qualified")
    return p.say(index, "of")


def greater(p: Planner, index: int) -> int:
    return p.close(index) if p.is_angle(index) else p.say(index, "is greater than")


# ---- punctuation ----


def path(p: Planner, index: int) -> int:
    if p.wants() and not p.op & (f.CLOSED | f.BRACED):
        return p.say(index, "global")
    following = p.at(index + 1)
    if following == "<" and p.gap_is(index + 1, "") and p.is_angle(index + 1):
        return p.say(index, "for type")
    if following == "{" and p.gap_is(index + 1, ""):
        return p.say(index, "its members")
    if following == "*" and p.gap_is(index + 1, ""):
        return p.say(index, "its everything")
    return p.say(index, "its")


def period(p: Planner, index: int) -> int:
    following = p.at(index + 1)
    if following == "await" and p.gap_is(index + 1, ""):
        return p.say(index, "awaited", "dot")
    is_name = p.gap_is(index + 1, "") and not following[0].isdigit()
    if is_name and _is_called(p, index + 2):
        return p.say(index, "calling", "dot")
    return p.say(index, "dot")


def _is_called(p: Planner, index: int) -> bool:
    """Tell whether a call's arguments follow at once, on this line."""
    if p.is_next(index, "::") and p.is_next(index + 1, "<") and p.partner_on_line(index + 1) >= 0:
        index = p.partner_on_line(index + 1) + 1
    if not p.is_next(index, "("):
        return False
    return not (p.at(index + 1) == ")" and not p.is_next(index + 1, ")"))


def colon(p: Planner, index: int) -> int:
    kind = p.top.kind
    before = p.at(index - 1)
    if before[:1] == "'" and before[-1:] != "'":
        return p.say(index, "outlives", "of type")
    if p.at(index - 2) == "$" and not p.gap[index] and p.gap_is(index + 1, ""):
        return p.say(index, "fragment", "of type")
    if kind.name in ("generics", "callable_generics", "angle", "where", "turbofish"):
        if p.at(index - 2) == "const":
            return p.say(index, "of type")
        return p.say(index, "implementing")
    if kind is FRAMES["fields"] and not _is_declared(p.top):
        return p.say(index, "set to")
    if p.at(index - 2) == "trait" or kind is HEADS["trait"]:
        return p.say(index, "implementing")
    if p.at(index - 2) == "type" or p.at(index - 1) == ">" and kind is FRAMES["trait"]:
        return p.say(index, "implementing")
    if _after_where(p, index):
        return p.say(index, "implementing")
    return p.say(index, "of type")


def _is_declared(frame: Frame) -> bool:
    """Tell whether fields are those of an enumeration's variant."""
    outer = frame.parent
    return outer is not None and outer.kind is FRAMES["enumeration"]


def _after_where(p: Planner, index: int) -> bool:
    """Tell whether bounds after `where` go on here, where it doesn't end its line."""
    kind = hard(p.top).kind
    if not kind.is_head or kind.name not in _BOUNDED:
        return False
    return p.top.kind is kind or "where" in p.text[p.first : index]


def equals(p: Planner, index: int) -> int:
    frame = p.top
    if frame.kind.is_head and frame.kind.name in ("if", "while"):
        return p.say(index, "be", "being")
    if frame.kind.is_bracket and frame.kind.soft:
        kind = frame.kind.name
        if kind in ("macro_call", "attribute", "attribute_call", "angle", "generics"):
            return p.say(index, "being")
        if kind in ("callable_generics", "turbofish", "callable_turbofish", "enumeration"):
            return p.say(index, "being")
    if hard(frame).kind.is_head or _binds(p, index):
        return p.say(index, "be", "being")
    return p.say(index, "becomes", "being")


def _binds(p: Planner, index: int) -> bool:
    """Tell whether the statement here began with `let` or another declaration."""
    back = index - 1
    while back >= 0:
        token = p.text[back]
        if token in (")", "]", "}", ">") and p.partner_on_line(back) >= 0:
            back = p.partner_on_line(back) - 1
            continue
        if token in _BINDINGS:
            return True
        if token in ("(", "[", "{", ";", ",", "=>", "="):
            return False
        back -= 1
    return bool(p.stmt & f.SEMICOLON)  # it began on an earlier line


def semicolon(p: Planner, index: int) -> int:
    if _repeats(p, index) and p.is_next(index + 1, "*"):
        return p.say(index, "any times with semicolons")
    kind = bracket(p.top)
    if kind.closer == "]" and kind.soft:
        return p.say(index, "repeated", "discarded")
    p.settle_closers()  # as at a line's end, so that both read alike
    return p.say(index, "discarded")


def arrow(p: Planner, index: int) -> int:
    never = p.is_next(index + 1, "!", " ")
    is_function = hard(p.top).kind is HEADS["function"]
    if never:
        texts = ("returns never", "yields never") if is_function else ("yields never",)
        if not p.top.kind.is_head:
            texts = ("yields never",)
        return p.say(index, *texts, "yields")
    if is_function and p.top.kind.is_head:
        return p.say(index, "returns", "yields")
    return p.say(index, "yields")


def fat_arrow(p: Planner, index: int) -> int:
    if bracket(p.top).ends_line == f.CASE or p.machine.frame.kind.name in ("rules", "macro"):
        return p.say(index, "gives", "mapping to")
    return p.say(index, "mapping to" if p.top.kind.soft else "gives", "mapping to")


def pipe(p: Planner, index: int) -> int:
    if p.top.kind.name == "pipe":
        arrow_next = p.is_next(index + 1, "->", " ")
        return p.say(index, "yielding", "giving") if arrow_next else p.say(index, "giving")
    if p.wants():
        stmt = p.machine.stmt
        if stmt & f.PATTERN or bracket(p.top).ends_line == f.CASE and not stmt & f.GIVEN:
            return p.say(index, "either")
        return p.say(index, "closure")
    return p.say(index, "or")


def double_pipe(p: Planner, index: int) -> int:
    if p.wants():
        if p.is_next(index + 1, "->", " "):
            return p.say(index, "closure yielding", "closure giving")
        return p.say(index, "closure giving")
    return p.say(index, "or else")


def ampersand(p: Planner, index: int) -> int:
    if not p.wants():
        return p.say(index, "masked by")
    following = p.at(index + 1)
    if following == "mut" and p.gap_is(index + 1, ""):
        return p.say(index, "mutable reference to")
    if following == "raw" and p.is_next(index + 2, "const", " "):
        return p.say(index, "raw reference to", "reference to")
    if following == "raw" and p.is_next(index + 2, "mut", " "):
        return p.say(index, "mutable raw reference to", "reference to")
    return p.say(index, "reference to")


def double_ampersand(p: Planner, index: int) -> int:
    return p.say(index, "double reference to" if p.wants() else "and also")


def star(p: Planner, index: int) -> int:
    if _repeats(p, index):
        return p.say(index, "any times", "times")
    if not p.wants():
        return p.say(index, "times")
    if p.top.kind is FRAMES["members"]:
        return p.say(index, "every name")
    if p.is_next(index + 1, "const"):
        return p.say(index, "constant pointer to", "dereference")
    if p.is_next(index + 1, "mut"):
        return p.say(index, "mutable pointer to", "dereference")
    return p.say(index, "dereference")


def _repeats(p: Planner, index: int) -> bool:
    """Tell whether the token at `index` says how often `$( … )` is repeated."""
    return p.gap_is(index, "") and index - 1 in p.ends_repeat


def minus(p: Planner, index: int) -> int:
    return p.say(index, "negative" if p.wants() else "minus")


def plus(p: Planner, index: int) -> int:
    if _repeats(p, index):
        return p.say(index, "many times", "plus")
    return p.say(index, "plus")


def comma(p: Planner, index: int) -> int:
    repeated = _REPEATED_BY_COMMA.get(p.at(index + 1)) if _repeats(p, index) else None
    return p.say(index, repeated, "and") if repeated else p.say(index, "and")


_REPEATED_BY_COMMA: Final = {"*": "any times with commas", "+": "many times with commas"}


def exclamation(p: Planner, index: int) -> int:
    following = p.at(index + 1)
    before = p.at(index - 1)
    is_macro = p.op & f.AFTER_OPERAND and p.gap_is(index, "")
    if is_macro and (before[:1].isalpha() or before[:1] == "_") and following in _MACRO_WORDS:
        return p.say(index, *_MACRO_WORDS[following])
    if p.wants():
        return p.say(index, "the never type" if following in _AFTER_NEVER else "not")
    return p.spell(index)


_MACRO_WORDS: Final = {
    "(": ("macro with nothing", "macro with"),
    "[": ("macro of nothing", "macro of"),
    "{": ("macro begin", "macro block"),
}
_AFTER_NEVER: Final = frozenset(", > { ; ) =".split())


def question(p: Planner, index: int) -> int:
    if _repeats(p, index):
        return p.say(index, "at most once", "or return", "tried")
    is_bound = p.wants() and not p.op & f.CLOSED
    return p.say(index, "maybe") if is_bound else p.say(index, "or return", "tried")


def hash_sign(p: Planner, index: int) -> int:
    if p.is_next(index + 1, "["):
        return p.say(index, "attribute")
    if p.is_next(index + 1, "!") and p.is_next(index + 2, "["):
        return p.say(index, "inner attribute")
    return p.spell(index)


def dollar(p: Planner, index: int) -> int:
    if p.is_next(index + 1, "("):
        return p.say(index, "each of")
    following = p.at(index + 1)
    if p.gap_is(index + 1, "") and (following[0].isalpha() or following[0] == "_"):
        return p.say(index, "variable")
    return p.spell(index)


def dots(p: Planner, index: int) -> int:
    before, following = p.at(index - 1), p.at(index + 1)
    begins = before in ("", "(", "[", "{", ",", "|")
    if begins and following in ("", "}", ")", "]", ",", "|"):
        return p.say(index, "the rest")
    if p.top.kind is FRAMES["fields"] and begins:
        return p.say(index, "rest from", "up to")
    return p.say(index, "up to")


def lifetime(p: Planner, index: int) -> int:
    before = p.at(index - 1)
    if before in ("break", "continue") and index > p.first:
        text = "labelled"
    elif _is_label(p, index):
        text = "label"
    else:
        text = "lifetime"
    if not p.try_say(p.said[text], index, 1):
        p.settle_all()
        phrase = p.spelled["'"]
        p.machine.apply(phrase)
        p.write(phrase.text, "'", phrase.left, phrase.right, index)
        text = ""
    p.name_after(index, p.text[index][1:])
    if text == "label":
        p.same, p.before = False, ":"
        return index + 2
    return index + 1


def _is_label(p: Planner, index: int) -> bool:
    if not p.is_next(index + 1, ":"):
        return False
    return p.at(index + 2) in ("loop", "while", "for", "{")


# ---- words ----


def say_or_keep(p: Planner, index: int, *texts: str) -> int:
    """Say the first of some phrases that fits, else the word of Rust, which Iron has too."""
    for text in texts:
        phrase = p.said[text]
        count = len(phrase.tokens)
        if p.try_say(phrase, index, count):
            return index + count
    return p.say_keyword(index)


def word(*texts: str) -> Handler:
    """Return a handler that says a keyword by a phrase where what the phrase wants follows."""
    return lambda p, index: say_or_keep(p, index, *texts)


def mutable(p: Planner, index: int) -> int:
    if p.at(index + 1) in ("&", "&&"):  # `mutable reference to` would be `&mut`
        return p.say_plainly(index)
    return say_or_keep(p, index, "mutable")


def function(p: Planner, index: int) -> int:
    if p.is_next(index + 1, "("):
        return p.say(index, "function taking nothing", "function taking")
    return say_or_keep(p, index, "function") if index + 1 < p.past else p.say_keyword(index)


def impl(p: Planner, index: int) -> int:
    starts_item = p.machine.stmt & f.UNDECIDED and p.machine.frame.kind.holds_items
    if index + 1 >= p.past:
        return p.say_keyword(index)
    if p.is_next(index + 1, "<") and p.is_angle(index + 1):
        return say_or_keep(p, index, *(("implement generic over",) if starts_item else ()))
    return say_or_keep(p, index, *(("implement",) if starts_item else ("some for any", "some")))


def for_word(p: Planner, index: int) -> int:
    if p.is_next(index + 1, "<") and p.is_angle(index + 1) and p.wants():
        return say_or_keep(p, index, "for any")
    return p.say_keyword(index)


def macro_rules(p: Planner, index: int) -> int:
    begins = p.is_next(index + 1, "!") and index + 2 < p.past and p.wants()
    if begins and p.try_say(p.said["define macro"], index, 2):
        return index + 2
    return p.say_same(index)


def at_sign(p: Planner, index: int) -> int:
    return p.say(index, "internal" if p.wants() else "matching")


def percent(p: Planner, index: int) -> int:
    return p.say(index, "displayed" if p.wants() else "modulo")


KNOWN_WORDS: Final = frozenset(("await", "raw", "macro_rules", "union"))
"""The words that are no keywords and that choices are made by."""
HANDLERS: Final[dict[str, Handler]] = {
    "(": parenthesis,
    "[": square,
    "{": brace,
    ")": Planner.close,
    "]": Planner.close,
    "}": closing_brace,
    "<": less,
    ">": greater,
    "::": path,
    ".": period,
    ":": colon,
    "=": equals,
    ",": comma,
    ";": semicolon,
    "->": arrow,
    "=>": fat_arrow,
    "|": pipe,
    "||": double_pipe,
    "&": ampersand,
    "&&": double_ampersand,
    "*": star,
    "-": minus,
    "+": plus,
    "!": exclamation,
    "?": question,
    "#": hash_sign,
    "$": dollar,
    "..": dots,
    "@": at_sign,
    "%": percent,
    "'": lifetime,
    "fn": function,
    "impl": impl,
    "pub": word(
        *(f"public within {place}" for place in ("crate", "super", "self", "path")), "public"
    ),
    "use": word("import members", "capturing", "import"),
    "for": for_word,
    "macro_rules": macro_rules,
    "dyn": word("dynamic for any", "dynamic"),
    "extern": word("external crate", "external"),
    "mut": mutable,
    "ref": word("by reference"),
    "mod": word("module"),
    "struct": word("structure"),
    "enum": word("enumeration"),
}
_SIMPLE: Final = {
    "...": "further arguments",
    "..=": "through",
    "/": "divided by",
    "==": "equals",
    "!=": "does not equal",
    "<=": "is at most",
    ">=": "is at least",
    "^": "xor",
    "<<": "shifted left by",
    ">>": "shifted right by",
    "+=": "increases by",
    "-=": "decreases by",
    "*=": "scales by",
    "/=": "shrinks by factor",
    "%=": "wraps at",
    "&=": "keeps bits of",
    "|=": "gains bits of",
    "^=": "flips bits of",
    "<<=": "shifts left by",
    ">>=": "shifts right by",
}


def _simple(text: str) -> Handler:
    return lambda p, index: p.say(index, text)


HANDLERS.update({token: _simple(text) for token, text in _SIMPLE.items()})
