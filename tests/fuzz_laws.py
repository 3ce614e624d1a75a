"""Fuzz the laws: `python tests/fuzz_laws.py --minutes 60`, or `make fuzz`.

Texts are mutations of real Rust and of real Iron, real Rust whose names are but a few words of Iron
or whose tokens have comments and line breaks between them, soups of tokens and phrases, and noise.
Each is asked for L6 and L7; one that Rust's lexer accepts, for L1, L3, L4 and L5 too, and one that
its parser accepts, for L2. A failing text is shrunk and kept under `tests/fixtures/fuzz`,
where `tests/test_laws.py` asks it again for ever.

A text is made from a number alone, so that one which hangs its worker can be made again.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path

from redox import Document, MapSpan, load_phrasebook, oxidize, reduce
from redox.corpus import check_total
from redox.laws import Case, Law, check_laws, phrase_words, rename_identifiers
from redox.parser import is_parsed
from redox.rustlex import Kind, RustLexError, lex
from redox.shrink import shrink
from redox.workers import run_jobs

KEPT = Path(__file__).parent / "fixtures" / "fuzz"
CORPORA = (Path("/usr/share/cargo/registry"), *sorted(Path("/usr/src").glob("rustc-*")))
LAWS_OF_ANY_RUST = (Law.L1, Law.L3, Law.L4, Law.L5)
TEXTS_OF_A_JOB = 20
JOB_SECONDS = 60.0
TEXT_SECONDS = 8.0
LARGEST_SEED_FILE = 20_000
KEPT_OF_A_LAW = 20
PARTINGS = (
    ("/**/",),
    ("\n",),
    ("\n    ",),
    ("/**/", "\n", " ", "  ", "\t", "// c\n", "/* a\n b */"),
)

NASTY = (
    *('"', "'", 'r#"', 'r"', 'b"', "b'", 'c"', "/*", "*/", "//", "\\", "'a", "'\\''", "r#x", "#"),
    *("(", ")", "[", "]", "{", "}", "<", ">", "|", "||", ";", ",", "::", "..", "..=", "->", "=>"),
    *("\r", "\r\n", "\n", "\x00", "\ufeff", "\ud800", "\udfff", "\u2028", "\x85", "\x0b", "\x0c"),
    *(
        "é",
        "变量",
        "👩",
        "e\u0301",
        "0x",
        "1e",
        "1.",
        "1..2",
        "0.0.0",
        "1_u8",
        "$",
        "$crate",
        "@",
        "`",
    ),
    *("#!", "#![a]", "macro_rules! m {", "fn ", "end ", "done", "literally ", "   ", "\t", " \n "),
)


@dataclass(frozen=True, slots=True)
class Found:
    """A text that breaks a law."""

    law: str
    detail: str
    text: str


def main() -> None:
    """Fuzz until the time is out; exit with 1 if anything was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seed", type=int, default=None, help="fresh if not given")
    arguments = parser.parse_args()
    seed = random.SystemRandom().randrange(2**32) if arguments.seed is None else arguments.seed
    print(f"seed {seed}", flush=True)
    found, texts = _fuzz(seed, arguments.jobs, time.monotonic() + 60 * arguments.minutes)
    print(f"{texts} texts, {found.total()} failures {dict(found)}")
    sys.exit(1 if found else 0)


def check_text(text: str, seed: int = 0) -> Iterator[Found]:
    """Yield each law that `text` breaks, as Iron and as Rust."""
    for failure in check_total(text):
        yield Found(failure.law, failure.detail, text)
        return
    for name, translation, source in (("reduce", reduce(text), 1), ("oxidize", oxidize(text), 0)):
        iron, rust = (text, translation.text)[source], (translation.text, text)[source]
        if fault := tiling_fault(list(translation.map.spans()), iron, rust):
            yield Found(Law.L6, f"{name}: {fault}", text)
    if fault := edit_fault(text, seed):
        yield Found("L7", fault, text)
    try:
        lex(text)
    except RustLexError:
        return
    case = Case(text, seed)
    for failure in check_laws(case, LAWS_OF_ANY_RUST):
        yield Found(failure.law, failure.detail, text)
    for failure in check_laws(case, (Law.L2,)):
        if is_parsed(text):
            yield Found(failure.law, failure.detail, text)


def tiling_fault(spans: list[MapSpan], iron: str, rust: str) -> str:
    """Say what keeps the spans from covering both texts once, so that no text is lost."""
    edge = (0, 0)
    for span in spans:
        if (span.iron_start, span.rust_start) != edge:
            return f"{span} does not follow {edge}"
        edge = (span.iron_end, span.rust_end)
    whole = (len(iron), len(rust))
    return "" if edge == whole else f"the map ends at {edge}, the texts at {whole}"


def edit_fault(text: str, seed: int) -> str:
    """L7: after some edits a `Document` holds what a full translation gives."""
    chance = random.Random(seed)
    document, iron = Document(text), text
    for _ in range(3):
        start = chance.randint(0, len(iron))
        end = min(len(iron), start + chance.choice((0, 0, 1, 2, 8, 80)))
        new = chance.choice((*NASTY, "", "", "x", " plus ", "\n", " begin\n", "end function\n"))
        document.edit(start, end, new)
        iron = iron[:start] + new + iron[end:]
        whole = oxidize(iron)
        step = f"edit({start}, {end}, {new!r})"
        if document.iron != iron or document.rust != whole.text:
            return f"{step}: the document's text differs"
        if list(document.map.spans()) != list(whole.map.spans()):
            return f"{step}: the document's map differs"
        if document.diagnostics != whole.diagnostics:
            return f"{step}: the document's diagnostics differ"
    return ""


def make_text(number: int) -> str:
    """The text of this number, the same in every process."""
    chance = random.Random(number)
    return chance.choice((*2 * (_mutant, _iron_mutant), _alike, _parted, _soup, _noise))(chance)


def _mutant(chance: random.Random) -> str:
    return _mutate(_seed_text(chance), chance)


def _iron_mutant(chance: random.Random) -> str:
    return _mutate(reduce(_seed_text(chance)).text, chance)


def _alike(chance: random.Random) -> str:
    """Rust that calls everything by one, two or three words of Iron."""
    rust = _seed_text(chance)
    words = chance.sample(phrase_words(load_phrasebook()), chance.choice((1, 1, 2, 3)))
    try:
        return rename_identifiers(rust, lex(rust), chance, words)
    except RustLexError:
        return rust


def _parted(chance: random.Random) -> str:
    """Rust with comments, line breaks and gaps between some of its tokens."""
    rust = _seed_text(chance)
    partings, rate = chance.choice(PARTINGS), chance.choice((0.02, 0.1, 0.3))
    parts = []
    try:
        for token in lex(rust):
            if token.kind is not Kind.SPACE and chance.random() < rate:
                parts.append(chance.choice(partings))
            parts.append(rust[token.start : token.end])
    except RustLexError:
        return rust
    return "".join(parts)


def _soup(chance: random.Random) -> str:
    """Phrases, tokens and white space in any order."""
    phrases = [word for phrase in load_phrasebook().phrases for word in (phrase.text, phrase.rust)]
    words = (*phrases, *phrases, *NASTY, "x", "y", "1", '"s"', "\n", "\n    ")
    gaps = ("", " ", " ", " ", "  ", "\n")
    picked = range(chance.randint(1, 60))
    return "".join(chance.choice(words) + chance.choice(gaps) for _ in picked)


def _noise(chance: random.Random) -> str:
    count = chance.randint(1, 40)
    return "".join(
        chance.choice((chance.choice(NASTY), chr(chance.randrange(0x3000)))) for _ in range(count)
    )


def _seed_text(chance: random.Random) -> str:
    """Some lines of a real file; of the snippets where no corpora are installed."""
    files = _seed_files()
    text = files[chance.randrange(len(files))].read_bytes().decode(errors="replace")
    lines = text.splitlines(keepends=True)
    first = chance.randrange(len(lines)) if lines and chance.random() < 0.8 else 0
    return "".join(lines[first : first + chance.choice((3, 10, 30, 100))])


@cache
def _seed_files() -> tuple[Path, ...]:
    folders = [folder for folder in CORPORA if folder.is_dir()] or [Path(__file__).parent]
    found = (path for folder in folders for path in folder.rglob("*.rs") if path.is_file())
    return tuple(sorted(path for path in found if path.stat().st_size < LARGEST_SEED_FILE))


def _mutate(text: str, chance: random.Random) -> str:
    """Delete, double, swap and insert some tokens; sometimes change every line's end."""
    parts = re.findall(r"\w+|\s+|.", text, re.DOTALL)
    for _ in range(chance.choice((0, 1, 1, 2, 3, 8))):
        if not parts:
            break
        at, other = chance.randrange(len(parts)), chance.randrange(len(parts))
        match chance.randrange(5):
            case 0:
                del parts[at]
            case 1:
                parts.insert(at, parts[other])
            case 2:
                parts[at], parts[other] = parts[other], parts[at]
            case 3:
                parts.insert(at, chance.choice(NASTY))
            case _:
                del parts[min(at, other) : min(at, other) + chance.randint(1, 10)]
    mutant = "".join(parts)
    if chance.random() < 0.1:
        mutant = re.sub(r"\r\n|\r|\n", chance.choice(("\r", "\r\n", "\n\r")), mutant)
    return "\ufeff" + mutant if chance.random() < 0.02 else mutant


def fuzz_some(numbers: range) -> list[Found]:
    """Check the texts of these numbers; a worker's job."""
    return [found for number in numbers for found in check_text(make_text(number), number)]


def _fuzz(seed: int, jobs: int, deadline: float) -> tuple[Counter[str], int]:
    found: Counter[str] = Counter()
    texts = 0
    numbers = _numbers(seed, deadline)
    while batch := list(islice(numbers, 8 * jobs)):
        hung = []
        for done in run_jobs(fuzz_some, batch, count=jobs, limit=JOB_SECONDS):
            texts += len(done.job)
            hung += [] if done.error is None else [done.job]
            _keep_all(done.result or [], found)
        singles = [range(number, number + 1) for job in hung for number in job]
        for done in run_jobs(fuzz_some, singles, count=jobs, limit=TEXT_SECONDS):
            if done.error is not None:
                text = make_text(done.job.start)
                _keep(Found(Law.L6, f"{type(done.error).__name__}: {done.error}", text), found)
    return found, texts


def _numbers(seed: int, deadline: float) -> Iterator[range]:
    start = seed << 32
    while time.monotonic() < deadline:
        yield range(start, start + TEXTS_OF_A_JOB)
        start += TEXTS_OF_A_JOB


def _keep_all(found: list[Found], counts: Counter[str]) -> None:
    for one in found:
        law = one.law

        def fails(part: str, law: str = law) -> bool:
            return any(each.law == law for each in check_text(part))

        # The edits of L7 depend on the number, so that only some of its texts can be shrunk.
        worth_it = counts[law] < KEPT_OF_A_LAW and fails(one.text)
        small = shrink(one.text, fails, seconds=5.0) if worth_it else one.text
        _keep(Found(law, one.detail, small), counts)


def _keep(found: Found, counts: Counter[str]) -> None:
    counts[found.law] += 1
    data = found.text.encode("utf-8", "surrogatepass")
    path = KEPT / f"{hashlib.sha256(data).hexdigest()[:10]}.txt"
    if counts[found.law] > KEPT_OF_A_LAW:
        return
    KEPT.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    print(f"{found.law}: {found.detail}: {found.text[:200]!r}", flush=True)


if __name__ == "__main__":
    main()
