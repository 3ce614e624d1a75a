"""Options and results."""

from __future__ import annotations

from random import Random

from redox_training.drafts import Draft, Family, equal, function
from redox_training.families.ops import (
    apply_steps,
    draw_fold,
    draw_step,
    draw_steps,
    draw_test,
    draw_tests,
    lines_of,
    name,
    numbers,
    pick,
    rows,
    rust_bool,
    rust_option,
    rust_slice,
    rust_text,
    said,
)

Row = list[int]


def option_chain(random: Random) -> Draft:
    """An option changed, filtered and opened."""
    f, (one, two), test = name(random), draw_steps(random, 2), draw_test(random)
    k = random.randint(-9, 60)
    ends = pick(random,
        [
            (f".unwrap_or({k})", "i64", lambda n: str(k if n is None else n), f"or {k} if nothing is left"),
            (f".or(Some({k}))", "Option<i64>", lambda n: rust_option(k if n is None else n), f"or {k} if nothing is left, as an option"),
            (f".xor(given.filter(|&n| n > {k}))", "Option<i64>", None, f"unless `given` holds a number above {k} too: then there is none, and if only that is left, it is given"),
            (".is_some()", "bool", lambda n: rust_bool(n is not None), "only whether something is left"),
        ]
    )  # fmt: skip
    signature = f"pub fn {f}(given: Option<i64>) -> {ends[1]}"

    def run(given: int | None) -> str:
        n = None if given is None else one.does(given)
        n = None if n is None or not test.holds(n) else two.does(n)
        if ends[2] is None:
            other = given if given is not None and given > k else None
            return rust_option(
                None if (n is None) == (other is None) else (other if n is None else n)
            )
        return ends[2](n)

    return Draft(
        f"`{f}` takes what `given` holds and {one.says}; it drops that if it is not {test.says},"
        f" and {two.says}. It gives the result, {ends[3]}.",
        signature,
        function(
            signature,
            "given",
            f"    .map(|n| {one.of('n')})",
            f"    .filter(|&n| {test.of('n')})",
            f"    .map(|n| {two.of('n')})",
            f"    {ends[0]}",
        ),
        tuple(equal(f"{f}({rust_option(n)})", run(n)) for n in (*numbers(random, 8), None, 1)),
        conditions=(test,),
    )


def option_two(random: Random) -> Draft:
    """Two options matched."""
    f, (one, two), k = name(random), draw_steps(random, 2), random.randint(-20, 40)
    both, does, words = pick(
        random,
        [
            ("x + y", lambda x, y: x + y, "their sum"),
            ("x * y", lambda x, y: x * y, "their product"),
            ("x.max(y)", max, "the larger"),
            ("x - y", lambda x, y: x - y, "the first less the second"),
        ],
    )
    signature = f"pub fn {f}(a: Option<i64>, b: Option<i64>) -> i64"

    def run(a: int | None, b: int | None) -> int:
        if a is not None and b is not None:
            return does(a, b)
        if a is not None:
            return one.does(a)
        return k if b is None else two.does(b)

    n, m, p, q = numbers(random, 4)
    return Draft(
        f"If both `a` and `b` hold a number, `{f}` gives {words}. Of `a` alone it {one.says}, of `b`"
        f" alone it {two.says}; for neither it gives {k}.",
        signature,
        function(
            signature,
            "match (a, b) {",
            f"    (Some(x), Some(y)) => {both},",
            f"    (Some(x), None) => {one.of('x')},",
            f"    (None, Some(y)) => {two.of('y')},",
            f"    (None, None) => {k},",
            "}",
        ),
        tuple(
            equal(f"{f}({rust_option(a)}, {rust_option(b)})", str(run(a, b)))
            for a, b in ((n, m), (p, None), (None, q), (None, None), (7, 7))
        ),
    )


def option_question(random: Random) -> Draft:
    """Look-ups that end the function where nothing is found."""
    f, (one, two), test = name(random), draw_steps(random, 2), draw_test(random)
    second, does, words = pick(random,
        [
            ("all.last()?", lambda row: row[-1] if row else None, "the last of `all`"),
            ("all.get(at + 1)?", None, "the number behind it"),
            ("all.iter().max()?", lambda row: max(row, default=None), "the largest of `all`"),
            ("all.iter().find(|&&n| n < 0)?", lambda row: next((n for n in row if n < 0), None), "the first negative number of `all`"),
        ]
    )  # fmt: skip
    signature = f"pub fn {f}(all: &[i64], at: usize) -> Option<i64>"

    def run(row: Row, at: int) -> str:
        if at >= len(row):
            return "None"
        other = does(row) if does else (row[at + 1] if at + 1 < len(row) else None)
        if other is None:
            return "None"
        value = one.does(row[at]) + two.does(other)
        return rust_option(value if test.holds(value) else None)

    inputs = [(row, at) for row in rows(random) for at in (0, 2)]
    return Draft(
        f"`{f}` takes the number at `at` in `all` and {one.says}, takes {words} and {two.says}, and"
        f" adds both; it gives that if it is {test.says}. If anything is not there: `None`.",
        signature,
        function(
            signature,
            "let n = *all.get(at)?;",
            f"let m = *{second};",
            f"let first = {one.of('n')};",
            f"let second = {two.of('m')};",
            "let value = first + second;",
            f"if {test.of('value')} {{",
            "    Some(value)",
            "} else {",
            "    None",
            "}",
        ),
        tuple(equal(f"{f}({rust_slice(row)}, {at})", run(row, at)) for row, at in inputs),
        conditions=(test,),
    )


def result_check(random: Random) -> Draft:
    """A number that is refused with a reason, or changed."""
    f, (one, two), step = name(random), draw_tests(random, 2), draw_steps(random, 2)
    a, b = random.sample(["too odd", "not allowed", "out of range", "no good", "refused"], 2)
    signature = f"pub fn {f}(n: i64) -> Result<i64, String>"

    def run(n: int) -> str:
        if one.holds(n):
            return f"Err(String::from({rust_text(a)}))"
        if two.holds(n):
            return f"Err(format!({rust_text(b + ': {}')}, {n}))"
        return f"Ok({apply_steps(step, n)})"

    lines = lines_of(step, "n")
    return Draft(
        f"`{f}` refuses `n` with the error {rust_text(a)} if it is {one.says}, and with"
        f" {rust_text(b + ': ')} and `n` behind it if it is {two.says}. Else it {said(step)}.",
        signature,
        function(
            signature,
            f"if {one.of('n')} {{",
            f"    return Err(String::from({rust_text(a)}));",
            "}",
            f"if {two.of('n')} {{",
            f'    return Err(format!("{b}: {{n}}"));',
            "}",
            *lines[:-1],
            f"Ok({lines[-1]})",
        ),
        tuple(equal(f"{f}({n})", run(n)) for n in (*numbers(random, 5), 0, 3, -4, 11)),
        conditions=(one, two),
    )


def result_parse(random: Random) -> Draft:
    """A text read as a number, changed, with its error said."""
    f, step, test = name(random), draw_step(random), draw_test(random)
    kind, low, high = pick(
        random, [("u8", 0, 255), ("i16", -32768, 32767), ("i64", -(2**63), 2**63 - 1)]
    )
    error, how = pick(
        random,
        [
            ("bad number", '"bad number"'),
            ("not a number", '"not a number"'),
            ("unreadable", '"unreadable"'),
        ],
    )
    other = pick(random, ["out of range", "refused", "wrong kind"])
    signature = f"pub fn {f}(text: &str) -> Result<i64, String>"

    def run(text: str) -> str:
        body = text.strip()
        digits = body.lstrip("+-")
        is_number = digits.isdigit() and len(body) - len(digits) <= 1
        if not is_number or not low <= int(body) <= high or (kind == "u8" and body.startswith("-")):
            return f"Err(String::from({rust_text(error)}))"
        n = step.does(int(body))
        return f"Ok({n})" if test.holds(n) else f"Err(String::from({rust_text(other)}))"

    more = (random.randint(0, 9), random.randint(10, 99), random.randint(100, 199))
    inputs = ("12", " 7 ", "-3", "300", "x9", "", "0", *map(str, more))
    return Draft(
        f"`{f}` reads `text`, trimmed, as a number of the type `{kind}`, or gives the error {how}. It"
        f" {step.says}, and gives the error {rust_text(other)} if the result is not {test.says}.",
        signature,
        function(
            signature,
            f"let n: {kind} = text",
            "    .trim()",
            "    .parse()",
            f"    .map_err(|_| String::from({rust_text(error)}))?;",
            *(["let n = i64::from(n);"] if kind != "i64" else []),
            f"let value = {step.of('n')};",
            f"if {test.of('value')} {{",
            "    Ok(value)",
            "} else {",
            f"    Err(String::from({rust_text(other)}))",
            "}",
        ),
        tuple(equal(f"{f}({rust_text(text)})", run(text)) for text in inputs),
        conditions=(test,),
    )


def result_all(random: Random) -> Draft:
    """Texts read as numbers, all or none."""
    f, step, fold = name(random), draw_step(random), draw_fold(random, plain=True)
    test, error = draw_test(random), pick(random, ["bad", "no number", "what?"])
    signature = f"pub fn {f}(parts: &[&str]) -> Result<i64, String>"

    def run(parts: list[str]) -> str:
        row = []
        for part in parts:
            if not part.lstrip("-").isdigit():
                return f"Err(String::from({rust_text(f'{error}: {part}')}))"
            row.append(int(part))
        return f"Ok({fold.gives([step.does(n) for n in row if test.holds(n)])})"

    a, b, c = map(str, numbers(random, 3))
    long = [str(n) for n in numbers(random, 7)]
    inputs = [[a, b, c], long, [a, "x"], [], ["", b], [c, "1o", "q"], long[:3]]
    return Draft(
        f"`{f}` reads each of `parts` as a number; the first that is none is the error, behind"
        f" {rust_text(error + ': ')}. Of the numbers that are {test.says} it {step.says}, and gives"
        f" {fold.says}.",
        signature,
        function(
            signature,
            "let all = parts",
            "    .iter()",
            "    .map(|part| {",
            f'        part.parse::<i64>().map_err(|_| format!("{error}: {{part}}"))',
            "    })",
            "    .collect::<Result<Vec<i64>, String>>()?;",
            "Ok(all",
            "    .into_iter()",
            f"    .filter(|&n| {test.of('n')})",
            f"    .map(|n| {step.of('n')})",
            f"    {fold.rust})",
        ),
        tuple(
            equal(f"{f}({rust_slice([rust_text(part) for part in parts])})", run(parts))
            for parts in inputs
        ),
        conditions=(test,),
    )


FAMILIES = tuple(
    Family(each, draw)
    for each, draw in {
        "option_chain": option_chain,
        "option_two": option_two,
        "option_question": option_question,
        "result_check": result_check,
        "result_parse": result_parse,
        "result_all": result_all,
    }.items()
)
