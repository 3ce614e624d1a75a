"""Strings and characters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from redox_training.drafts import Condition, Draft, Family, equal, function
from redox_training.families.ops import (
    draw_step,
    draw_test,
    name,
    numbers,
    pick,
    rows,
    rust_bool,
    rust_option,
    rust_slice,
    rust_text,
)

WORDS = (
    "stone river Lamp green Owl seven paper cloud Iron maple tiny Frost amber delta Quill".split()
)


AFFIXED = "toast start tart tent strut rotor roster stirrer".split()
"""Words that begin or end with what some tasks cut off."""

TEXTS = (
    "Hello, World 42",
    "a1b2c3",
    "  Up and Down  ",
    "",
    "x",
    "ZZtop 9!",
    "tango-delta; oscar 7 PIANO",
    "die Sonne, seit uns",
)


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of a character `c`, again a character."""

    rust: str
    does: Callable[[str], str]
    says: str
    asks: Callable[[str], bool] | None = None

    def is_of_use(self, chars: str) -> bool:
        """Tell whether it changes some of these, and what it asks of them is not always the same."""
        answers = {self.asks(c) for c in chars} if self.asks else set()
        return len(answers) != 1 and any(self.does(c) != c for c in chars)


def _kind(random: Random) -> Condition:
    """Draw a condition on a character `c`."""
    return _kinds(random, 1)[0]


def _kinds(random: Random, count: int) -> list[Condition]:
    """Draw conditions on a character `c`, no kind twice."""
    c, d = pick(random, "aelnort"), pick(random, "dispu")
    return random.sample(
        [
            Condition("c.is_ascii_digit()", str.isdigit, "digits"),
            Condition("c.is_ascii_uppercase()", str.isupper, "capital letters"),
            Condition("c.is_ascii_lowercase()", str.islower, "small letters"),
            Condition("c.is_ascii_alphabetic()", str.isalpha, "letters"),
            Condition("c.is_whitespace()", str.isspace, "white space"),
            Condition(
                "!c.is_ascii_alphanumeric()",
                lambda x: not x.isalnum(),
                "neither letters nor digits",
            ),
            Condition(f"c != '{c}'", lambda x: x != c, f"not '{c}'"),
            Condition(f"c > '{c}'", lambda x: x > c, f"behind '{c}' in Unicode's order"),
            Condition(f"matches!(c, 'a'..='{c}')", lambda x: "a" <= x <= c, f"from 'a' to '{c}'"),
            Condition(f"c == '{c}' || c == '{d}'", lambda x: x in (c, d), f"'{c}' or '{d}'"),
        ],
        count,
    )


def _change(random: Random, kind: Condition) -> Change:
    """Draw what becomes of characters of a kind; it is no other for all of them."""
    c = pick(random, "*_-#+")
    chars = "".join(char for char in "".join(TEXTS) if kind.rule(char))
    changes = [
        Change("c.to_ascii_uppercase()", str.upper, "made capital"),
        Change("c.to_ascii_lowercase()", str.lower, "made small"),
        Change(f"'{c}'", lambda _: c, f"replaced by '{c}'"),
        Change(
            f"if c.is_ascii_digit() {{ '{c}' }} else {{ c }}",
            lambda x: c if x.isdigit() else x,
            f"replaced by '{c}' where they are digits",
            str.isdigit,
        ),
        Change(
            f"if c == ' ' {{ '{c}' }} else {{ c.to_ascii_uppercase() }}",
            lambda x: c if x == " " else x.upper(),
            f"made capital, blanks replaced by '{c}'",
            lambda x: x == " ",
        ),
    ]
    return pick(random, [change for change in changes if change.is_of_use(chars)])


def filter_chars(random: Random) -> Draft:
    """Some characters of a text, changed."""
    f, kind = name(random), _kind(random)
    change = _change(random, kind)
    signature = f"pub fn {f}(text: &str) -> String"

    def run(text: str) -> str:
        return "".join(change.does(c) for c in text if kind.holds(c))

    return Draft(
        f"`{f}` keeps of `text` the characters that are {kind.says}, {change.says}.",
        signature,
        function(
            signature,
            "text.chars()",
            f"    .filter(|&c| {kind.rust})",
            f"    .map(|{'_' if change.rust.startswith(chr(39)) else 'c'}| {change.rust})",
            "    .collect()",
        ),
        tuple(equal(f"{f}({rust_text(text)})", rust_text(run(text))) for text in TEXTS),
        conditions=(kind,),
    )


def map_some_chars(random: Random) -> Draft:
    """All characters of a text, some of them changed."""
    f, kind = name(random), _kind(random)
    change = _change(random, kind)
    signature = f"pub fn {f}(text: &str) -> String"

    def run(text: str) -> str:
        return "".join(change.does(c) if kind.holds(c) else c for c in text)

    return Draft(
        f"`{f}` gives `text` with those characters that are {kind.says} {change.says}.",
        signature,
        function(
            signature,
            "let mut out = String::new();",
            "for c in text.chars() {",
            f"    if {kind.rust} {{",
            f"        out.push({change.rust});",
            "    } else {",
            "        out.push(c);",
            "    }",
            "}",
            "out",
        ),
        tuple(equal(f"{f}({rust_text(text)})", rust_text(run(text))) for text in TEXTS),
        conditions=(kind,),
    )


def count_chars(random: Random) -> Draft:
    """Two counts of characters, joined."""
    f, (one, two) = name(random), _kinds(random, 2)
    sign, join, words = pick(
        random,
        [
            ("first + second", lambda a, b: a + b, "the sum of both"),
            ("first.max(second)", max, "the larger"),
            ("first.abs_diff(second)", lambda a, b: abs(a - b), "how far they are apart"),
            ("first * 2 + second", lambda a, b: a * 2 + b, "twice the first and the second"),
            ("first.min(second)", min, "the smaller"),
        ],
    )
    signature = f"pub fn {f}(text: &str) -> usize"

    def run(text: str) -> int:
        return join(sum(map(one.holds, text)), sum(map(two.holds, text)))

    return Draft(
        f"`{f}` counts the characters of `text` that are {one.says}, and those that are"
        f" {two.says}; it gives {words}.",
        signature,
        function(
            signature,
            f"let first = text.chars().filter(|&c| {one.rust}).count();",
            f"let second = text.chars().filter(|&c| {two.rust}).count();",
            sign,
        ),
        tuple(equal(f"{f}({rust_text(text)})", str(run(text))) for text in TEXTS),
        conditions=(one, two),
    )


def _sentences(random: Random) -> list[str]:
    drawn = (" ".join(random.sample(WORDS, count)) for count in (6, 5, 3, 2, 1))
    return [*drawn, "", "one  two   three", pick(random, AFFIXED)]


def words_changed(random: Random) -> Draft:
    """The words of a text, chosen, changed and joined."""
    f, k, joint = name(random), random.randint(3, 6), pick(random, ["-", " ", ", ", "/"])
    keep, holds, which = pick(
        random,
        [
            (f"word.len() > {k}", lambda w: len(w) > k, f"longer than {k}"),
            (f"word.len() <= {k}", lambda w: len(w) <= k, f"of {k} letters at most"),
            ("word.contains('e')", lambda w: "e" in w, "with an 'e'"),
            ("!word.starts_with('t')", lambda w: not w.startswith("t"), "that begin with no 't'"),
            ("word.ends_with('r')", lambda w: w.endswith("r"), "that end with an 'r'"),
        ],
    )
    change, does, how = pick(
        random,
        [
            ("word.to_uppercase()", str.upper, "in capitals"),
            ("word.chars().rev().collect::<String>()", lambda w: w[::-1], "backwards"),
            ('format!("<{word}>")', lambda w: f"<{w}>", "in angle brackets"),
            ("word.repeat(2)", lambda w: w * 2, "twice"),
            ("word.replace('e', \"\")", lambda w: w.replace("e", ""), "without 'e'"),
            (
                'format!("{word}{}", word.len())',
                lambda w: f"{w}{len(w)}",
                "followed by their length",
            ),
        ],
    )
    signature = f"pub fn {f}(text: &str) -> String"

    def run(text: str) -> str:
        return joint.join(does(w) for w in text.split() if holds(w))

    return Draft(
        f"`{f}` takes the words of `text` {which}, each {how}, and joins them with"
        f" {rust_text(joint)}.",
        signature,
        function(
            signature,
            "let words: Vec<String> = text",
            "    .split_whitespace()",
            f"    .filter(|word| {keep})",
            f"    .map(|word| {change})",
            "    .collect();",
            f"words.join({rust_text(joint)})",
        ),
        tuple(
            equal(f"{f}({rust_text(text)})", rust_text(run(text))) for text in _sentences(random)
        ),
    )


def word_pick(random: Random) -> Draft:
    """One word of a text, by a measure."""
    f, k = name(random), random.randint(2, 4)
    chosen, does, which = pick(
        random,
        [
            (
                ".max_by_key(|word| word.len())",
                lambda ws: max(reversed(ws), key=len),
                "the longest word, the last of several",
            ),
            (
                ".min_by_key(|word| word.len())",
                lambda ws: min(ws, key=len),
                "the shortest word, the first of several",
            ),
            (".max()", max, "the last word in the order of texts"),
            (".min()", min, "the first word in the order of texts"),
            (
                f".find(|word| word.len() > {k})",
                lambda ws: next((w for w in ws if len(w) > k), None),
                f"the first word of more than {k} letters",
            ),
        ],
    )
    change, does_too, how = pick(
        random,
        [
            ("", str, ""),
            (".trim_matches('t')", lambda w: w.strip("t"), ", less any 't' at its ends"),
            (".trim_end_matches('r')", lambda w: w.rstrip("r"), ", less any 'r' at its end"),
            (".trim_start_matches('s')", lambda w: w.lstrip("s"), ", less any 's' at its start"),
        ],
    )
    none = pick(random, ["none", "empty", "?"])
    signature = f"pub fn {f}(text: &str) -> &str"

    def run(text: str) -> str:
        words = text.split()
        found = does(words) if words else None
        return does_too(none if found is None else found)

    return Draft(
        f"`{f}` gives {which} of `text`, or {rust_text(none)} if there is none{how}.",
        signature,
        function(
            signature,
            f"let found = text.split_whitespace(){chosen};",
            f"found.unwrap_or({rust_text(none)}){change}",
        ),
        tuple(
            equal(f"{f}({rust_text(text)})", rust_text(run(text))) for text in _sentences(random)
        ),
    )


def affixes(random: Random) -> Draft:
    """A text without its prefix or suffix, or something else."""
    f = name(random)
    mark = pick(random, ["re", "un", "pre", "non-", "id:", "x_"])
    end = pick(random, ["ing", ".rs", "_t", "ed", "!"])
    part, does, which = pick(random,
        [
            (f"text.strip_prefix({rust_text(mark)})", lambda t: t[len(mark):] if t.startswith(mark) else None, f"a leading {rust_text(mark)}"),
            (f"text.strip_suffix({rust_text(end)})", lambda t: t[: -len(end)] if t.endswith(end) else None, f"a final {rust_text(end)}"),
        ]
    )  # fmt: skip
    rest, does_too, how = pick(
        random,
        [
            ("Some(rest) => rest.to_uppercase()", str.upper, "in capitals"),
            ("Some(rest) => rest.to_string()", str, "as it is"),
            ("Some(rest) => rest.chars().rev().collect()", lambda t: t[::-1], "backwards"),
            ('Some(rest) => format!("{rest}{rest}")', lambda t: t * 2, "twice"),
            ("Some(rest) => rest.trim().to_string()", str.strip, "trimmed"),
        ],
    )
    other, does_else, else_how = pick(
        random,
        [
            ("text.to_string()", str, "`text` as it is"),
            ('String::from("none")', lambda _: "none", '"none"'),
            ('format!("({text})")', lambda t: f"({t})", "`text` in round brackets"),
            ("text.to_lowercase()", str.lower, "`text` in small letters"),
        ],
    )
    signature = f"pub fn {f}(text: &str) -> String"

    def run(text: str) -> str:
        found = does(text)
        return does_else(text) if found is None else does_too(found)

    inputs = (f"{mark}Turn", f"Walk{end}", f"{mark} Go {end}", "Plain", "", mark, end)
    return Draft(
        f"If `text` has {which}, `{f}` gives the rest of it {how}; otherwise {else_how}.",
        signature,
        function(signature, f"match {part} {{", f"    {rest},", f"    None => {other},", "}"),
        tuple(equal(f"{f}({rust_text(text)})", rust_text(run(text))) for text in inputs),
    )


def shift_letters(random: Random) -> Draft:
    """Letters moved along the alphabet."""
    f, k = name(random), random.randint(1, 25)
    which, low, words = pick(
        random, [("is_ascii_lowercase", "a", "small"), ("is_ascii_uppercase", "A", "capital")]
    )
    other, does, how = pick(
        random,
        [
            ("c", str, "as they are"),
            ("'.'", lambda _: ".", "as '.'"),
            ("c.to_ascii_uppercase()", str.upper, "as capitals"),
            ("c.to_ascii_lowercase()", str.lower, "as small letters"),
            (
                "if c == ' ' { '_' } else { c }",
                lambda c: "_" if c == " " else c,
                "as they are, but blanks as '_'",
            ),
        ],
    )
    signature = f"pub fn {f}(text: &str) -> String"

    def run(text: str) -> str:
        return "".join(
            chr((ord(c) - ord(low) + k) % 26 + ord(low))
            if (c.islower() if low == "a" else c.isupper())
            else does(c)
            for c in text
        )

    return Draft(
        f"`{f}` moves each {words} letter of `text` by {k} places along the alphabet, from its end"
        f" to its start again; other characters come {how}.",
        signature,
        function(
            signature,
            "text.chars()",
            "    .map(|c| {",
            f"        if c.{which}() {{",
            f"            let place = (c as u8 - b'{low}' + {k}) % 26;",
            f"            char::from(b'{low}' + place)",
            "        } else {",
            f"            {other}",
            "        }",
            "    })",
            "    .collect()",
        ),
        tuple(equal(f"{f}({rust_text(text)})", rust_text(run(text))) for text in TEXTS),
    )


def runs(random: Random) -> Draft:
    """Runs of equal characters."""
    f, k = name(random), random.randint(2, 3)
    form, does, how = pick(random,
        [
            ('format!("{c}{count}")', lambda c, n: f"{c}{n}", "the character and the length"),
            ('format!("{count}{c}")', lambda c, n: f"{n}{c}", "the length and the character"),
            (f'if count >= {k} {{ format!("[{{c}}]") }} else {{ String::from(c) }}', lambda c, n: f"[{c}]" if n >= k else c, f"the character, in square brackets if the run is of {k} or more"),
            ('format!("{c}{}", count * 3)', lambda c, n: f"{c}{n * 3}", "the character and three times the length"),
            ("c.to_string().repeat(count * 2)", lambda c, n: c * (n * 2), "twice as many of the character"),
        ]
    )  # fmt: skip
    signature = f"pub fn {f}(text: &str) -> String"

    def run(text: str) -> str:
        out, at = "", 0
        while at < len(text):
            end = at
            while end < len(text) and text[end] == text[at]:
                end += 1
            out += does(text[at], end - at)
            at = end
        return out

    inputs = ("aaabbc", "abc", "", "zzzz", "aabbaa", "x")
    return Draft(
        f"`{f}` gives for each run of equal characters in `text` {how}.",
        signature,
        function(
            signature,
            "let mut out = String::new();",
            "let mut rest = text.chars().peekable();",
            "while let Some(c) = rest.next() {",
            "    let mut count = 1;",
            "    while rest.next_if_eq(&c).is_some() {",
            "        count += 1;",
            "    }",
            f"    let part = {form};",
            "    out.push_str(&part);",
            "}",
            "out",
        ),
        tuple(equal(f"{f}({rust_text(text)})", rust_text(run(text))) for text in inputs),
    )


def find_char(random: Random) -> Draft:
    """Where a character stands, and what then."""
    f, c = name(random), pick(random, "aeiou,;-=")
    way, does, which = pick(random, [("find", str.find, "first"), ("rfind", str.rfind, "last")])
    then, does_too, how = pick(
        random,
        [
            (".map(|at| at + 1)", lambda t, at: at + 1, "one more than its place"),
            (
                ".map(|at| text.len() - at)",
                lambda t, at: len(t) - at,
                "how much of `text` begins there",
            ),
            (".map(|at| at * 2)", lambda t, at: at * 2, "twice its place"),
            (
                ".filter(|at| at % 2 == 0)",
                lambda t, at: at if at % 2 == 0 else None,
                "its place if that is even",
            ),
            (
                ".filter(|&at| at > 2)",
                lambda t, at: at if at > 2 else None,
                "its place if that is above 2",
            ),
        ],
    )
    signature = f"pub fn {f}(text: &str) -> Option<usize>"

    def run(text: str) -> str:
        at = does(text, c)
        return rust_option(None if at < 0 else does_too(text, at))

    inputs = (f"xx{c}yy{c}z", f"{c}", f"abc{c}", "", "bcd", f"{c}b{c}{c}q")
    return Draft(
        f"`{f}` looks for the {which} '{c}' in `text` and gives {how}, places counted from 0 in"
        f" bytes; `None` if there is nothing to give.",
        signature,
        function(signature, f"text.{way}('{c}'){then}"),
        tuple(equal(f"{f}({rust_text(text)})", run(text)) for text in inputs),
    )


def classify(random: Random) -> Draft:
    """A number in words, by ranges."""
    f = name(random)
    cuts = sorted(random.sample(range(-20, 60), 3))
    labels = random.sample(
        ["low", "small", "fair", "middling", "large", "huge", "odd one", "usual"], 4
    )
    shape = random.randint(0, 3)
    k = random.randint(61, 99)
    signature = f"pub fn {f}(n: i64) -> &'static str"
    special = [[], [f'{k} => "exact"'], ['n if n % 10 == 0 => "round"'], ['0 | 1 => "tiny"']][shape]
    arms = [
        *special,
        f"..{cuts[0]} => {rust_text(labels[0])}",
        f"{cuts[0]}..={cuts[1]} => {rust_text(labels[1])}",
        f"n if n < {cuts[2]} => {rust_text(labels[2])}",
        f"_ => {rust_text(labels[3])}",
    ]

    def run(n: int) -> str:
        if shape == 1 and n == k:
            return "exact"
        if shape == 2 and n % 10 == 0:
            return "round"
        if shape == 3 and n in (0, 1):
            return "tiny"
        if n < cuts[0]:
            return labels[0]
        if n <= cuts[1]:
            return labels[1]
        return labels[2] if n < cuts[2] else labels[3]

    first = ["", f' "exact" for {k};', ' "round" for what ends with 0;', ' "tiny" for 0 and 1;'][
        shape
    ]
    return Draft(
        f"`{f}` gives{first} {rust_text(labels[0])} below {cuts[0]}, {rust_text(labels[1])} from"
        f" there to {cuts[1]}, {rust_text(labels[2])} below {cuts[2]}, else {rust_text(labels[3])}.",
        signature,
        function(signature, "match n {", *(f"    {arm}," for arm in arms), "}"),
        tuple(
            equal(f"{f}({n})", rust_text(run(n)))
            for n in dict.fromkeys(
                (cuts[0] - 1, cuts[0], cuts[1], cuts[1] + 1, cuts[2], k, 0, 1, 50)
            )
        ),
    )


def is_like(random: Random) -> Draft:
    """Whether a text is of a kind, by two conditions."""
    f, (one, two) = name(random), _kinds(random, 2)
    k = random.randint(1, 5)
    (first, does, words) = pick(
        random,
        [
            ("all", lambda t: all(map(one.holds, t)), "every"),
            ("any", lambda t: any(map(one.holds, t)), "some"),
        ],
    )
    (second, does_too, how) = pick(
        random,
        [
            (f"text.len() > {k}", lambda t: len(t) > k, f"`text` is longer than {k}"),
            (
                f"text.chars().filter(|&c| {two.rust}).count() >= {k}",
                lambda t: sum(map(two.holds, t)) >= k,
                f"at least {k} are {two.says}",
            ),
            (
                f"!text.chars().any(|c| {two.rust})",
                lambda t: not any(map(two.holds, t)),
                f"none is {two.says}",
            ),
        ],
    )
    signature = f"pub fn {f}(text: &str) -> bool"
    join, both, word = pick(
        random, [("&&", lambda a, b: a and b, "and"), ("||", lambda a, b: a or b, "or")]
    )
    inputs = (*TEXTS, "abcdef", "UPPER", "12345", "te-st")
    return Draft(
        f"`{f}` tells whether {words} character of `text` belongs to those that are {one.says},"
        f" {word} {how}.",
        signature,
        function(signature, f"text.chars().{first}(|c| {one.rust}) {join} {second}"),
        tuple(
            equal(f"{f}({rust_text(text)})", rust_bool(both(does(text), does_too(text))))
            for text in inputs
        ),
        conditions=(one, two),
    )


def format_number(random: Random) -> Draft:
    """A number changed, then written in a form."""
    f, step, width = name(random), draw_step(random, but=("{v}.pow(3)",)), random.randint(4, 9)
    form, does, words = pick(
        random,
        [
            (f"{{n:>{width}}}", lambda n: f"{n:>{width}}", f"to the right of {width} places"),
            (
                f"{{n:<{width}}}|",
                lambda n: f"{n:<{width}}|",
                f"to the left of {width} places, then '|'",
            ),
            (f"{{n:0{width}}}", lambda n: f"{n:0{width}}", f"with zeros to {width} places"),
            (f"{{n:^{width}}}|", None, f"in the middle of {width} places, then '|'"),
            ("{n:+}", lambda n: f"{n:+}", "with its sign"),
            ("<{n}>", lambda n: f"<{n}>", "in angle brackets"),
            (
                f"{{n:*>{width}}}",
                lambda n: f"{n:*>{width}}",
                f"with '*' before it, to {width} places",
            ),
        ],
    )

    def centred(n: int) -> str:
        text = str(n)
        space = max(0, width - len(text))
        return f"{' ' * (space // 2)}{text}{' ' * (space - space // 2)}|"

    signature = f"pub fn {f}(n: i64) -> String"
    write = does or centred
    return Draft(
        f"`{f}` takes `n`, {step.says}, and gives that as a text, {words}.",
        signature,
        function(signature, f"let n = {step.of('n')};", f'format!("{form}")'),
        tuple(equal(f"{f}({n})", rust_text(write(step.does(n)))) for n in (*numbers(random, 4), 0)),
    )


def join_numbers(random: Random) -> Draft:
    """Numbers changed and written in a row."""
    f, step, test = name(random), draw_step(random), draw_test(random)
    joint = pick(random, [",", " ", "-", "; "])
    before, after = pick(random, [("", ""), ("[", "]"), ("<", ">")])
    signature = f"pub fn {f}(all: &[i64]) -> String"
    form = "text" if not before else f'format!("{before}{{text}}{after}")'
    tail = (
        [f"let text = parts.join({rust_text(joint)});", form]
        if before
        else [f"parts.join({rust_text(joint)})"]
    )

    def run(row: list[int]) -> str:
        return before + joint.join(str(step.does(n)) for n in row if test.holds(n)) + after

    inputs = [*rows(random)[:5], []]
    return Draft(
        f"For each of `all` that is {test.says}, `{f}` {step.says}; it gives the results as a text"
        f" with {rust_text(joint)} between them{f', in {before}{after}' if before else ''}.",
        signature,
        function(
            signature,
            "let parts: Vec<String> = all",
            "    .iter()",
            f"    .filter(|&&n| {test.of('n')})",
            f"    .map(|&n| ({step.of('n')}).to_string())",
            "    .collect();",
            *tail,
        ),
        tuple(equal(f"{f}({rust_slice(row)})", rust_text(run(row))) for row in inputs),
        conditions=(test,),
    )


FAMILIES = tuple(
    Family(each, draw)
    for each, draw in {
        "text_filter": filter_chars,
        "text_map_some": map_some_chars,
        "text_count": count_chars,
        "text_words": words_changed,
        "text_word_pick": word_pick,
        "text_affix": affixes,
        "text_shift_letters": shift_letters,
        "text_runs": runs,
        "text_find": find_char,
        "text_is_like": is_like,
        "text_format_number": format_number,
        "text_join_numbers": join_numbers,
        "match_classify": classify,
    }.items()
)
