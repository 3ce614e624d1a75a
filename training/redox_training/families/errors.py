"""Error types, with what was being done said before them."""

from __future__ import annotations

from random import Random

from redox_training.drafts import Draft, Family, equal, function
from redox_training.families.ops import (
    draw_step,
    draw_test,
    name,
    numbers,
    pick,
    rust_text,
)


def error_enum(random: Random) -> Draft:
    """An error type with two kinds, one made by `?`."""
    f, kind, step, test = (
        name(random),
        pick(random, ["Fault", "Trouble", "Problem", "Failure"]),
        draw_step(random),
        draw_test(random),
    )
    bad, out = random.sample(["Unreadable", "Refused", "Odd", "Broken", "Foreign"], 2)
    a, b = random.sample(["no number", "not wanted", "cannot be", "is wrong", "was refused"], 2)
    signature = f"pub fn {f}(text: &str) -> Result<i64, {kind}>"
    shape = random.randint(0, 1)
    value = ["", "(i64)"][shape]
    fields = f"#[derive(Debug, PartialEq)]\npub enum {kind} {{\n    {bad},\n    {out}{value},\n}}"
    pattern = [
        f"{kind}::{out} => write!(f, {rust_text(b)})",
        f'{kind}::{out}(n) => write!(f, "{b}: {{n}}")',
    ][shape]

    def run(text: str) -> str:
        if not text.lstrip("-").isdigit():
            return f"Err({kind}::{bad})"
        n = step.does(int(text))
        return f"Ok({n})" if test.holds(n) else f"Err({kind}::{out}{f'({n})' if shape else ''})"

    inputs = [*map(str, numbers(random, 7)), "", "x", "1.5"]
    made = f"{kind}::{out}(n)" if shape else f"{kind}::{out}"
    return Draft(
        f"`{kind}` is an error that says {rust_text(a)} for `{bad}` and {rust_text(b)} for `{out}`"
        f"{', with a colon and its number behind' if shape else ''}; a `ParseIntError` becomes `{bad}`."
        f" `{f}` reads `text` as a number and {step.says}; if the result is not {test.says} the error"
        f" is `{out}`{' with the result' if shape else ''}.",
        f"{fields}\n{signature}",
        f"use std::fmt;\nuse std::num::ParseIntError;\n\n{fields}\n\nimpl fmt::Display for {kind} {{\n"
        "    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {\n        match self {\n"
        f"            {kind}::{bad} => write!(f, {rust_text(a)}),\n            {pattern},\n        }}\n    }}\n}}\n\n"
        f"impl std::error::Error for {kind} {{}}\n\nimpl From<ParseIntError> for {kind} {{\n"
        f"    fn from(_: ParseIntError) -> Self {{\n        {kind}::{bad}\n    }}\n}}\n\n"
        + function(
            signature,
            "let n: i64 = text.parse()?;",
            f"let n = {step.of('n')};",
            f"if {test.of('n')} {{",
            "    Ok(n)",
            "} else {",
            f"    Err({made})",
            "}",
        ),
        (
            *(equal(f"{f}({rust_text(text)})", run(text)) for text in inputs),
            equal(f"{kind}::{bad}.to_string()", rust_text(a)),
            equal(
                f"{kind}::{out}{'(7)' if shape else ''}.to_string()",
                rust_text(b + ": 7" if shape else b),
            ),
        ),
        conditions=(test,),
    )


def error_boxed(random: Random) -> Draft:
    """Errors of any kind, with what was being done put before them."""
    f, step, test = name(random), draw_step(random), draw_test(random)
    what, why = (
        pick(random, ["reading", "first", "input", "field"]),
        pick(random, ["too strange", "not allowed", "off"]),
    )
    sep = pick(random, [",", "=", "/"])
    join, does, words = pick(
        random,
        [
            ("left + right", lambda a, b: a + b, "their sum"),
            ("left - right", lambda a, b: a - b, "the first less the second"),
            ("left.max(right)", max, "the larger"),
            ("left * right", lambda a, b: a * b, "their product"),
        ],
    )
    signature = f"pub fn {f}(text: &str) -> Result<i64, Box<dyn Error>>"

    def run(text: str) -> str:
        left, found, right = text.partition(sep)
        if not found:
            return f"Err(String::from({rust_text(f'{what}: no {sep}')}))"
        for part in (left, right):
            if not part.strip().lstrip("-").isdigit():
                return f"Err(String::from({rust_text(f'{what}: {part}')}))"
        n = step.does(does(int(left), int(right)))
        return f"Ok({n})" if test.holds(n) else f"Err(String::from({rust_text(why)}))"

    a, b, c, d = numbers(random, 4)
    more = [f"{n}{sep}{m}" for n, m in zip(numbers(random, 4), numbers(random, 4), strict=True)]
    inputs = [*more, f"{a}{sep}{b}", f" {c} {sep}{d}", "12", f"x{sep}1", f"3{sep}", f"{d}{sep}{a}"]
    return Draft(
        f"`text` holds two numbers with '{sep}' between them. `{f}` takes {words} and {step.says}, and"
        f" gives that if it is {test.says}, else the error {rust_text(why)}. Without '{sep}' the error"
        f" is {rust_text(f'{what}: no {sep}')}; for a part that is no number, trimmed, it is"
        f" {rust_text(what + ': ')} and the part.",
        f"use std::error::Error;\n{signature}",
        "use std::error::Error;\n\n"
        f"fn number(part: &str) -> Result<i64, String> {{\n"
        f'    part.trim().parse().map_err(|_| format!("{what}: {{part}}"))\n}}\n\n'
        + function(
            signature,
            f"let (left, right) = text.split_once('{sep}').ok_or({rust_text(f'{what}: no {sep}')})?;",
            "let left = number(left)?;",
            "let right = number(right)?;",
            f"let n = {join};",
            f"let n = {step.of('n')};",
            f"if {test.of('n')} {{",
            "    Ok(n)",
            "} else {",
            f"    Err({rust_text(why)}.into())",
            "}",
        ),
        tuple(
            equal(f"{f}({rust_text(text)}).map_err(|error| error.to_string())", run(text))
            for text in inputs
        ),
        conditions=(test,),
    )


FAMILIES = tuple(
    Family(each, draw)
    for each, draw in {
        "error_enum": error_enum,
        "error_boxed": error_boxed,
    }.items()
)
