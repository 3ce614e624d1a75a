"""The fifteen families of the pilot: small constants, helpers, options, results and vectors."""

from __future__ import annotations

from random import Random

from redox_training.drafts import Case, Draft, Family, equal, function, name_of

VERBS = ("shift", "bump", "raise", "move", "grow", "adjust", "change", "update", "step", "extend")
NOUNS = (
    "score total count value level amount price offset index weight length width size mark"
    " point speed stock budget"
).split()
ARGUMENTS = ("x", "n", "value", "number", "given", "input", "amount")
TYPES = ("i32", "i64")


def add_const(random: Random) -> Draft:
    """A number and a constant more."""
    name, arg, kind = name_of(random, VERBS, NOUNS), random.choice(ARGUMENTS), _type(random)
    k = random.randint(2, 99)
    signature = f"pub fn {name}({arg}: {kind}) -> {kind}"
    return Draft(
        f"`{name}` adds {k} to `{arg}`.",
        signature,
        function(signature, f"{arg} + {k}"),
        tuple(equal(f"{name}({x})", x + k) for x in _numbers(random)),
    )


def mul_const(random: Random) -> Draft:
    """A number times a constant."""
    name = name_of(random, ("scale", "multiply", "repeat", "stretch", "magnify"), NOUNS)
    arg, kind, k = random.choice(ARGUMENTS), _type(random), random.randint(2, 30)
    signature = f"pub fn {name}({arg}: {kind}) -> {kind}"
    return Draft(
        f"`{name}` multiplies `{arg}` by {k}.",
        signature,
        function(signature, f"{arg} * {k}"),
        tuple(equal(f"{name}({x})", x * k) for x in _numbers(random)),
    )


def helper_call(random: Random) -> Draft:
    """Two functions, one of which calls the other and adds one."""
    noun = random.choice(NOUNS)
    helper = f"{random.choice(('base', 'inner', 'raw', 'plain'))}_{noun}"
    name = f"next_{noun}"
    arg, kind, k = random.choice(ARGUMENTS), _type(random), random.randint(2, 50)
    signature = f"pub fn {name}({arg}: {kind}) -> {kind}"
    first = f"pub fn {helper}({arg}: {kind}) -> {kind}"
    return Draft(
        f"`{helper}` adds {k} to `{arg}`, and `{name}` calls it and adds 1 to what it gives.",
        f"{first}\n{signature}",
        function(first, f"{arg} + {k}") + "\n" + function(signature, f"{helper}({arg}) + 1"),
        tuple(
            equal(f"({helper}({x}), {name}({x}))", f"({x + k}, {x + k + 1})")
            for x in _numbers(random)
        ),
    )


def option_map_add(random: Random) -> Draft:
    """What an option holds and a constant more."""
    name = name_of(random, VERBS, ("if_some", "inside", "optional", "maybe"), NOUNS)
    arg, kind, k = random.choice(ARGUMENTS), _type(random), random.randint(2, 99)
    signature = f"pub fn {name}({arg}: Option<{kind}>) -> Option<{kind}>"
    return Draft(
        f"`{name}` adds {k} to what `{arg}` holds, and gives `None` if it holds nothing.",
        signature,
        function(signature, f"{arg}.map(|inner| inner + {k})"),
        (
            *(equal(f"{name}(Some({x}))", f"Some({x + k})") for x in _numbers(random)),
            equal(f"{name}(None)", "None"),
        ),
    )


def option_some(random: Random) -> Draft:
    """A constant in an option."""
    name = name_of(random, ("default", "known", "fixed", "usual", "first"), NOUNS)
    kind, k = _type(random), random.randint(2, 999)
    signature = f"pub fn {name}() -> Option<{kind}>"
    return Draft(
        f"`{name}` always gives `Some` with {k}.",
        signature,
        function(signature, f"Some({k})"),
        (equal(f"{name}()", f"Some({k})"),),
    )


def vec_push(random: Random) -> Draft:
    """A vector with a constant at its end."""
    name = name_of(random, ("append", "push", "finish", "close"), NOUNS)
    arg, kind, k = (
        random.choice(("items", "values", "list", "all")),
        _type(random),
        _constant(random),
    )
    signature = f"pub fn {name}(mut {arg}: Vec<{kind}>) -> Vec<{kind}>"
    rows = [_numbers(random)[:size] for size in (3, 1)]
    return Draft(
        f"`{name}` puts {k} at the end of `{arg}` and gives it back.",
        signature,
        function(signature, f"{arg}.push({k});", arg),
        (
            *(equal(f"{name}(vec!{row})", f"vec!{[*row, k]}") for row in rows),
            equal(f"{name}(Vec::new())", f"vec![{k}]"),
        ),
    )


def vec_with_capacity(random: Random) -> Draft:
    """An empty vector with room."""
    name = name_of(random, ("room_for", "buffer_for", "space_for", "empty"), NOUNS)
    kind, k = _type(random), random.randint(3, 64)
    signature = f"pub fn {name}() -> Vec<{kind}>"
    return Draft(
        f"`{name}` gives an empty vector with room for {k} elements, no more.",
        signature,
        function(signature, f"Vec::with_capacity({k})"),
        (
            equal(f"{name}().capacity()", k),
            Case(f"assert!({name}().is_empty());", "true"),
        ),
    )


def result_ok(random: Random) -> Draft:
    """A constant in a result."""
    name = name_of(random, ("load", "read", "fetch", "find"), NOUNS)
    kind, k = _type(random), random.randint(2, 999)
    signature = f"pub fn {name}() -> Result<{kind}, String>"
    return Draft(
        f"`{name}` always gives `Ok` with {k}.",
        signature,
        function(signature, f"Ok({k})"),
        (equal(f"{name}()", f"Ok({k})"),),
    )


def type_alias_result(random: Random) -> Draft:
    """An alias for a result, and a function that gives it."""
    noun = random.choice(NOUNS)
    alias = f"{noun.capitalize()}Result"
    name, kind, k = f"make_{noun}", _type(random), random.randint(2, 999)
    alias_line = f"pub type {alias} = Result<{kind}, String>;"
    signature = f"pub fn {name}() -> {alias}"
    return Draft(
        f"`{alias}` is a name for a `Result` of `{kind}` and `String`;"
        f" `{name}` gives `Ok` with {k}.",
        f"{alias_line}\n{signature}",
        f"{alias_line}\n\n{function(signature, f'Ok({k})')}",
        (
            equal(f"{name}()", f"Ok({k})"),
            Case(
                f"let kept: {alias} = {name}();\n"
                f"assert_eq!(kept.map(|inner| inner + 1), Ok({k + 1}));",
                f"Ok({k + 1})",
            ),
        ),
    )


def closure_shift(random: Random) -> Draft:
    """A closure that captures a constant."""
    name = name_of(random, VERBS, NOUNS)
    arg, kind, k = random.choice(ARGUMENTS), _type(random), _constant(random)
    signature = f"pub fn {name}({arg}: {kind}) -> {kind}"
    return Draft(
        f"`{name}` makes a closure that adds {k} to its argument, and calls it with `{arg}`.",
        signature,
        function(signature, f"let shift = |inner: {kind}| inner + {k};", f"shift({arg})"),
        tuple(equal(f"{name}({x})", x + k) for x in _numbers(random)),
    )


def result_unwrap_or(random: Random) -> Draft:
    """What a result holds, or a constant."""
    name = name_of(random, NOUNS, ("or_default", "or_fallback", "or_else"))
    arg, kind, k = random.choice(("outcome", "result", "answer")), _type(random), _constant(random)
    signature = f"pub fn {name}({arg}: Result<{kind}, String>) -> {kind}"
    return Draft(
        f"`{name}` gives what `{arg}` holds if it is `Ok`, else {k}.",
        signature,
        function(signature, f"{arg}.unwrap_or({k})"),
        (
            *(equal(f"{name}(Ok({x}))", x) for x in _numbers(random)),
            equal(f'{name}(Err(String::from("no")))', k),
        ),
    )


def option_unwrap_or(random: Random) -> Draft:
    """What an option holds, or a constant."""
    name = name_of(random, NOUNS, ("or_default", "or_fallback", "or_constant"))
    arg, kind, k = random.choice(("maybe", "given", "chosen")), _type(random), _constant(random)
    signature = f"pub fn {name}({arg}: Option<{kind}>) -> {kind}"
    return Draft(
        f"`{name}` gives what `{arg}` holds, or {k} if it holds nothing.",
        signature,
        function(signature, f"{arg}.unwrap_or({k})"),
        (
            *(equal(f"{name}(Some({x}))", x) for x in _numbers(random)),
            equal(f"{name}(None)", k),
        ),
    )


def vec_pop(random: Random) -> Draft:
    """The last element of a vector, taken off."""
    name = name_of(random, ("take_last", "pop", "remove_last", "last"), NOUNS)
    arg, kind = random.choice(("items", "values", "list", "stack")), _type(random)
    signature = f"pub fn {name}({arg}: &mut Vec<{kind}>) -> Option<{kind}>"
    row = _numbers(random)
    return Draft(
        f"`{name}` takes the last element off `{arg}` and gives it, or `None` if there is none.",
        signature,
        function(signature, f"{arg}.pop()"),
        (
            Case(
                f"let mut some = vec!{row};\n"
                f"assert_eq!({name}(&mut some), Some({row[-1]}));\n"
                f"assert_eq!(some, vec!{row[:-1]});",
                f"Some({row[-1]}), vec!{row[:-1]}",
            ),
            Case(
                f"let mut none: Vec<{kind}> = Vec::new();\nassert_eq!({name}(&mut none), None);",
                "None",
            ),
        ),
    )


FAMILIES = {
    family.name: family
    for family in (
        Family("arith_add_const", add_const),
        Family("arith_mul_const", mul_const),
        Family("helper_call_inc", helper_call),
        Family("option_map_add_const", option_map_add),
        Family("option_some_const", option_some),
        Family("vec_push_const", vec_push),
        Family("vec_with_capacity", vec_with_capacity),
        Family("result_ok_const", result_ok),
        Family("type_alias_result", type_alias_result),
        Family("closure_shift_const", closure_shift),
        Family("result_unwrap_or_const", result_unwrap_or),
        Family("vec_pop_basic", vec_pop),
        Family("result_unwrap_or_train", result_unwrap_or),
        Family("vec_pop_train", vec_pop),
        Family("option_unwrap_or_train", option_unwrap_or),
    )
}


def _type(random: Random) -> str:
    return random.choice(TYPES)


def _constant(random: Random) -> int:
    return random.randint(2, 99)


def _numbers(random: Random) -> list[int]:
    """Three numbers: a small one, zero, and one below."""
    return [random.randint(1, 40), 0, -random.randint(1, 40)]
