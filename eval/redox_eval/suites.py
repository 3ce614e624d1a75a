"""A task's tests made ready for a judge that the solution can't speak for.

The tests are compiled into one library with the solution, as they need its private names, but not
by rustc's test harness, whose verdict any `println!` can forge: each test becomes a public
function, which a judge of ours, compiled apart, calls and signs what it says of it.

The macros that tests assert with are named in each of their modules as what the standard library
has under that name, so that a solution which defines an `assert_eq!` of its own doesn't compile
with the tests (E0659, ambiguous) instead of deciding them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from redox.rustlex import Kind, RustLexError, Token, lex

WRAPPER = "redox_tests"
GUARD = "redox_guard"
"""The crate of the standard macros and the judge; the tests know it by a secret name."""

GUARDED = frozenset(
    """
    assert assert_eq assert_ne debug_assert debug_assert_eq debug_assert_ne panic unreachable todo
    unimplemented vec format matches println print eprintln eprint write writeln
    """.split()
)


class SuiteError(ValueError):
    """Tests that can't be judged; the message says why."""


@dataclass(frozen=True, slots=True)
class Test:
    """A test by its path, as `tests::adds`; `expected` is the text a panic must hold, if any."""

    __test__ = False  # what pytest would take it for

    path: str
    should_panic: bool = False
    expected: str = ""


@dataclass(frozen=True, slots=True)
class Suite:
    """The tests' text as it is appended to a solution, and the tests in it."""

    text: str
    tests: tuple[Test, ...]


def read_suite(text: str) -> Suite:
    """Return the tests in `text`, Rust that would be appended to a solution.

    Raises `SuiteError` if it is no Rust, holds no test, or holds tests made by a macro.
    """
    found = _Reader(text).read()
    if not found.tests:
        raise SuiteError("tests: there is no #[test] in them")
    if any("::" not in test.path for test in found.tests):
        return read_suite(
            f"mod {WRAPPER} {{\n#[allow(unused_imports)]\nuse super::*;\n{text}\n}}\n"
        )
    return found


@dataclass(slots=True)
class _Attributes:
    """What the attributes in front of an item say."""

    is_test: bool = False
    is_ignored: bool = False
    should_panic: bool = False
    expected: str = ""


class _Reader:
    """Walks the tokens once, with a stack of the modules that are open."""

    def __init__(self, text: str) -> None:
        try:
            tokens = lex(text)
        except RustLexError as error:
            raise SuiteError(f"tests: {error}") from error
        self._text = text
        self._tokens = [each for each in tokens if each.kind not in (Kind.SPACE, Kind.COMMENT)]
        self._edits: list[tuple[int, int, str]] = []
        self._tests: list[Test] = []
        used = {self._word(at) for at in range(len(self._tokens)) if self._says(at + 1, "!")}
        imported = {word for each in _IMPORT.findall(text) for word in re.findall(r"\w+", each)}
        self._guards = sorted((used & GUARDED) - imported)

    def read(self) -> Suite:
        modules: list[tuple[str, int]] = []
        depth, at = 0, 0
        attributes = _Attributes()
        while at < len(self._tokens):
            if self._says(at, "#") and self._says(at + 1, "["):
                at = self._attribute(at, attributes)
                continue
            word = self._word(at)
            if word == "mod" and self._says(at + 2, "{"):
                modules.append((self._word(at + 1), depth))
                self._publish(at)
                depth, at, attributes = depth + 1, at + 3, _Attributes()
                continue
            if word == "fn" and attributes.is_test:
                self._test(at, [name for name, _ in modules], attributes)
            if word in ("fn", "struct", "enum", "use", "const", "let", "impl", "macro_rules"):
                attributes = _Attributes()
            if word in ("{", "(", "["):
                depth += 1
            elif word in ("}", ")", "]"):
                depth -= 1
                if modules and modules[-1][1] == depth and word == "}":
                    modules.pop()
                    self._guard(self._tokens[at].start)
            at += 1
        if depth:
            raise SuiteError("tests: their brackets don't match")
        return Suite("".join(self._edited()), tuple(self._tests))

    def _attribute(self, at: int, attributes: _Attributes) -> int:
        """Read the attribute that begins at a token, and drop it if it is the test harness's."""
        start, at, depth = at, at + 2, 1
        while depth and at < len(self._tokens):
            depth += {"[": 1, "]": -1}.get(self._word(at), 0)
            at += 1
        whole = self._text[self._tokens[start].start : self._tokens[at - 1].end]
        said = "".join(whole.split())
        if said in ("#[test]", "#[::core::prelude::v1::test]"):
            attributes.is_test = True
        elif said.startswith("#[should_panic"):
            attributes.should_panic = True
            quoted = re.search(r'"((?:[^"\\]|\\.)*)"', whole)
            attributes.expected = quoted[1] if quoted else ""
        elif said.startswith("#[ignore"):
            attributes.is_ignored = True
        elif said != "#[cfg(test)]":
            return at
        self._edits.append((self._tokens[start].start, self._tokens[at - 1].end, ""))
        return at

    def _test(self, at: int, modules: list[str], attributes: _Attributes) -> None:
        if self._says(at + 1, "$") or self._tokens[at + 1].kind is not Kind.WORD:
            raise SuiteError("tests: a test that a macro makes can't be called by name")
        if self._says(at - 1, "async"):
            raise SuiteError("tests: an async test needs a runtime that is not there")
        self._publish(at)
        if not attributes.is_ignored:
            path = "::".join([*modules, self._word(at + 1)])
            self._tests.append(Test(path, attributes.should_panic, attributes.expected))

    def _publish(self, at: int) -> None:
        """Make an item public, unless it says how visible it is."""
        before = self._word(at - 1) if at else ""
        if before not in ("pub", ")", "unsafe", "const", "extern"):
            self._edits.append((self._tokens[at].start, self._tokens[at].start, "pub "))
        elif before == ")":
            raise SuiteError("tests: a module or test with restricted visibility can't be called")

    def _guard(self, offset: int) -> None:
        if self._guards:
            names = ", ".join(self._guards)
            line = f" #[allow(unused_imports)] use ::{GUARD}::{{{names}}}; "
            self._edits.append((offset, offset, line))

    def _edited(self) -> Iterator[str]:
        """The text with the edits done; no edit adds a line."""
        done = 0
        for start, end, new in sorted(self._edits):
            yield self._text[done:start]
            yield new
            done = end
        yield self._text[done:]

    def _word(self, at: int) -> str:
        if not 0 <= at < len(self._tokens):
            return ""
        token: Token = self._tokens[at]
        return self._text[token.start : token.end]

    def _says(self, at: int, word: str) -> bool:
        return self._word(at) == word


_IMPORT = re.compile(r"\buse\s+(?:::)?(?:std|core)::([^;]*);")


def judge_source(suite: Suite) -> str:
    """Return the program that has the tests of a library run, by the judge in the guard crate."""
    return f"fn main() {{\n{_call(suite, GUARD, 'candidate')}}}\n"


def entry_source(suite: Suite, guard: str, entry: str) -> str:
    """Return what is put behind a solution and its tests so that a loader can have them run.

    It names nothing that the solution could have put something else for: no macro, nothing of
    `std`, and the guard by its secret name, which the edition 2015 wants declared.
    """
    return (
        f"extern crate {guard};\npub mod {entry} {{\n"
        f'#[unsafe(no_mangle)]\npub extern "C" fn {entry}() {{\n'
        f"{_call(suite, f'::{guard}', 'crate')}}}\n}}\n"
    )


def _call(suite: Suite, guard: str, crate: str) -> str:
    """Return the call of the judge for all tests, which are in `crate`."""
    rows = "".join(
        f'    ({str(test.should_panic).lower()}, "{test.expected}",'
        f" || {guard}::Kept::is_kept({crate}::{test.path}())),\n"
        for test in suite.tests
    )
    return f"    {guard}::judge_all(&[\n{rows}    ]);\n"


@dataclass(frozen=True, slots=True)
class Said:
    """What the judge said of a test: "passed", "assertion" or "panic"; where, and in which words.

    `line` is of the solution with the tests behind it, 0 if the judge itself found fault.
    """

    word: str
    line: int
    detail: str


def read_verdicts(output: bytes, nonce: str, suite: Suite) -> dict[str, Said]:
    """Return what was said of each test, by path, in lines that bear the nonce."""
    verdicts: dict[str, Said] = {}
    signed = re.compile(rf"{re.escape(nonce)} ([0-9]{{1,6}}) ([a-z]+) ([0-9]{{1,9}}) (.*)")
    for line in output.decode("utf-8", "backslashreplace").split("\n"):
        found = signed.fullmatch(line)
        if found and int(found[1]) < len(suite.tests):
            said = Said(found[2], int(found[3]), found[4].strip('"'))
            verdicts.setdefault(suite.tests[int(found[1])].path, said)
    return verdicts


_JUDGE = r"""
use std::cell::RefCell;
use std::fs::File;
use std::io::{BufRead, Write};
use std::os::fd::FromRawFd;
use std::panic::{catch_unwind, set_hook};

extern "C" {
    fn fcntl(fd: i32, command: i32, ...) -> i32;
    fn dup2(from: i32, to: i32) -> i32;
    fn open(path: *const std::ffi::c_char, flags: i32, ...) -> i32;
    fn setitimer(which: i32, new: *const [std::ffi::c_long; 4], old: *mut u8) -> i32;
    fn _exit(code: i32) -> !;
}

pub trait Kept {
    fn is_kept(self) -> Result<(), String>;
}
impl Kept for () {
    fn is_kept(self) -> Result<(), String> {
        Ok(())
    }
}
impl<T, E: std::fmt::Debug> Kept for Result<T, E> {
    fn is_kept(self) -> Result<(), String> {
        self.map(|_| ()).map_err(|error| std::format!("{error:?}"))
    }
}

/// Should it panic, with which words, and the test.
pub type Test = (bool, &'static str, fn() -> Result<(), String>);

thread_local! {
    static SAID: RefCell<Option<(u32, String)>> = const { RefCell::new(None) };
}

/// Run every test in a thread of its own, say what became of it, and end the process.
///
/// The first line of the input is the nonce that signs each verdict, the number of the test to
/// begin with, and the milliseconds of the processor that a test may take before it ends the
/// process, 0 for no limit of ours. Before any test runs, input and output are replaced by nothing,
/// and verdicts go to a copy of the output that only we know.
pub fn judge_all(tests: &[Test]) -> ! {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).expect("no nonce");
    let mut words = line.split_whitespace();
    let nonce = words.next().expect("no nonce");
    let mut number = || words.next().and_then(|word| word.parse().ok()).expect("no number");
    let (first, limit): (usize, usize) = (number(), number());
    let mut verdicts = unsafe {
        let kept = fcntl(1, 1030, 3); // F_DUPFD_CLOEXEC: no program that a test starts has it
        let nothing = open(c"/dev/null".as_ptr(), 2);
        dup2(nothing, 0);
        dup2(nothing, 1);
        File::from_raw_fd(kept)
    };
    set_hook(Box::new(|info| {
        let line = info.location().map_or(0, |place| place.line());
        let text = if let Some(text) = info.payload().downcast_ref::<&str>() {
            text.to_string()
        } else if let Some(text) = info.payload().downcast_ref::<String>() {
            text.clone()
        } else {
            String::from("a panic without words")
        };
        SAID.with(|said| *said.borrow_mut() = Some((line, text)));
    }));
    for (number, test) in tests.iter().enumerate().skip(first) {
        let micros = (limit as std::ffi::c_long) * 1000;
        // ITIMER_PROF: its signal, SIGPROF, ends who has no handler for it.
        let wait = [0, 0, micros / 1_000_000, micros % 1_000_000];
        unsafe { setitimer(2, &wait, std::ptr::null_mut()) };
        let (word, line, detail) = judge(*test);
        let short: String = detail.chars().take(300).collect();
        let row = std::format!("{nonce} {number} {word} {line} {short:?}\n");
        let _ = verdicts.write_all(row.as_bytes());
    }
    unsafe { _exit(0) }
}

fn judge((should_panic, expected, test): Test) -> (&'static str, u32, String) {
    let thread = std::thread::Builder::new().stack_size(8 << 20).spawn(move || {
        let ended = catch_unwind(test);
        (ended, SAID.with(|said| said.borrow_mut().take()))
    });
    match thread.map(|thread| thread.join()) {
        Ok(Ok((Ok(Ok(())), _))) if !should_panic => ("passed", 0, String::new()),
        Ok(Ok((Ok(Ok(())), _))) => ("assertion", 0, String::from("did not panic")),
        Ok(Ok((Ok(Err(error)), _))) => ("assertion", 0, error),
        Ok(Ok((Err(_), said))) => {
            let (line, message) = said.unwrap_or_default();
            if should_panic && message.contains(expected) {
                ("passed", 0, String::new())
            } else {
                ("panic", line, message)
            }
        }
        Ok(Err(_)) => ("panic", 0, String::from("the thread ended")),
        Err(error) => ("panic", 0, error.to_string()),
    }
}
"""
LOADER_SOURCE = r"""
use std::ffi::{c_char, c_int, c_void, CString};

#[link(name = "dl")]
extern "C" {
    fn dlopen(path: *const c_char, flags: c_int) -> *mut c_void;
    fn dlsym(library: *mut c_void, name: *const c_char) -> *mut c_void;
}

fn main() {
    println!("begun");
    let words: Vec<CString> = std::env::args().filter_map(|one| CString::new(one).ok()).collect();
    unsafe {
        let library = dlopen(words[1].as_ptr(), 2); // RTLD_NOW
        assert!(!library.is_null(), "the solution can't be loaded");
        let entry = dlsym(library, words[2].as_ptr());
        assert!(!entry.is_null(), "the tests are gone");
        std::mem::transmute::<*mut c_void, extern "C" fn()>(entry)();
    }
}
"""
"""The program that has the judge run: it loads a library and calls an entry, both arguments.

It says first that it has begun, so that what is behind that is the solution's doing.
"""
BEGUN = b"begun\n"

GUARD_SOURCE = "pub use ::std::{" + ", ".join(sorted(GUARDED)) + "};\n" + _JUDGE
"""The guard crate: the standard macros under names of ours, and the judge."""
