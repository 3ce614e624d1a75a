"""`redox cargo`, `redox fix` and `redox new`: cargo's work, said of the Iron."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from test_shadow import CRATE, lay, look

from redox.cargo_call import groups, read_call, unquieted
from redox.cargo_config import find_setting
from redox.files import BadInputError
from redox.shadow.messages import is_choice
from redox.shadow.rendering import render_message, render_short
from redox.streams import Lines, Skipper, wants_colour
from redox.toolchain import MINIMUM_RUSTC, probe_tool

needs_rustc = pytest.mark.skipif(
    probe_tool("rustc").numbers < MINIMUM_RUSTC, reason="rustc is missing or too old"
)


def environment(**more: str) -> dict[str, str]:
    """Return the variables that cargo is run with."""
    return {
        **{name: text for name, text in os.environ.items() if name != "CARGO_TARGET_DIR"},
        "RUST_BACKTRACE": "0",
        "CARGO_TERM_COLOR": "never",
        "CARGO_NET_OFFLINE": "true",
        **more,
    }


def redox(folder: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run the program in a folder, with more variables."""
    return subprocess.run(
        [sys.executable, "-m", "redox", *words],
        cwd=folder,
        env=environment(**more),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


# ---- what is asked ----


def test_a_call_is_read_as_cargo_reads_it() -> None:
    words = ["+stable", "-q", "--color", "never", "test", "-p", "a", "--message-format=short,json"]
    call = read_call([*words, "--manifest-path", "x/Cargo.toml", "--", "--nocapture"])
    assert call.command == "test"
    assert call.formats == ("short", "json")
    assert call.manifest == "x/Cargo.toml"
    assert call.is_quiet
    assert call.colour == "never"
    assert call.words("--new") == [
        *("+stable", "-q", "--color", "never", "test", "--new", "-p", "a", "--", "--nocapture")
    ]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ([], "which command"),
        (["-q"], "which command"),
        (["--color"], "which command"),
        (["add", "serde"], "Cargo.toml"),
        (["fix"], "redox fix"),
        (["clippy", "--fix", "--allow-dirty"], "redox fix"),
        (["new", "x"], "redox new"),
        (["check", "--message-format", "xml"], "xml"),
    ],
)
def test_what_can_not_be_served_is_refused(words: list[str], why: str) -> None:
    with pytest.raises(BadInputError, match=why):
        read_call(words)


@pytest.mark.parametrize("words", [["cargo", "check"], ["fix"], ["cargo", "check", "-q"]])
def test_a_folder_without_a_crate_is_refused_in_one_line(words: list[str], tmp_path: Path) -> None:
    done = redox(tmp_path, *words)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "no Cargo.toml" in done.stderr


def test_a_manifest_that_is_not_there_is_refused_in_one_line(tmp_path: Path) -> None:
    lay(tmp_path, {"Cargo.toml": CRATE, "src/main.iron": ""})
    done = redox(tmp_path, "cargo", "check", "--manifest-path", "typo/Cargo.toml")
    assert done.returncode == 2
    assert done.stderr == "error: --manifest-path typo/Cargo.toml: there is no such file\n"
    assert not (tmp_path / "target").exists()


def test_options_are_told_from_what_a_program_is_given() -> None:
    words = ["-p", "a", "--bin", "-r", "foo", "--color", "-q", "--", "bar"]
    run = read_call(["run", *words])
    assert run.options == ("-p", "a", "--bin", "-r")
    assert run.behind == ("foo", "--color", "-q", "--", "bar")
    assert not run.is_quiet
    assert run.words() == ["run", *words]
    test = read_call(["test", "foo", "-rq", "--", "bar"])
    assert (test.options, test.behind) == (("foo", "-rq"), ("--", "bar"))
    assert test.is_quiet
    assert list(groups(test.options)) == [("foo",), ("-rq",)]


def test_quiet_is_taken_out_of_an_option() -> None:
    words = ["-q", "--quiet", "-rq", "-vqr", "-pq", "-Fq", "--release", "q"]
    assert [unquieted(word) for word in words] == ["", "", "-r", "-vr", "-pq", "-Fq", *words[-2:]]


def test_a_setting_is_found_as_cargo_finds_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CARGO_TERM_QUIET", raising=False)
    monkeypatch.setenv("CARGO_HOME", str(tmp_path / "home"))
    here = lay(
        tmp_path,
        {
            "home/config.toml": "[term]\nquiet = true\nverbose = true\n",
            "a/.cargo/config": "[term]\nquiet = false\n",
            "a/.cargo/config.toml": "[build]\njobs = 1\n",
            "a/b/.cargo/config.toml": "no TOML",
        },
    )
    assert find_setting(here / "a/b/c", "term", "quiet") is False
    assert find_setting(here / "a/b/c", "term", "verbose") is True
    assert find_setting(here / "a/b/c", "build", "jobs") is None
    monkeypatch.setenv("CARGO_TERM_QUIET", "true")
    assert find_setting(here / "a/b/c", "term", "quiet") is True


def test_lines_are_handed_on_whole_and_the_rest_after_a_pause() -> None:
    said: list[str] = []
    for take in (Lines(said.append), Lines(said.append, lambda _: True)):
        for piece in (b"one\ntw", b"o\nname?", b"", b"\xff\xc3", b"\xa9 end"):
            take(piece)
        take.finish()
        said.append("|")
    bad = b"\xff\xc3\xa9 end".decode("utf-8", "surrogateescape")
    assert said == ["one\n", "two\n", "name?", bad, "|", "one\n", "two\n", f"name?{bad}", "|"]


STARTING = """\
warning: unused import
     Running `target/debug/a`
Running on
     Running tests (1)
   Doc-tests a
end
"""


@pytest.mark.parametrize(
    ("is_quiet", "is_once", "wanted"),
    [(False, True, "12345"), (True, True, "2345"), (True, False, "25")],
)
def test_cargos_own_lines_are_passed_over_up_to_the_start(
    is_quiet: bool, is_once: bool, wanted: str
) -> None:
    said: list[str] = []
    lines = STARTING.splitlines(keepends=True)
    skipper = Skipper(said.append, is_quiet=is_quiet, is_once=is_once)
    for line in lines:
        skipper(line)
    assert said == [lines[int(number)] for number in wanted]
    skipper.finish(is_failed=True)
    assert len(said) == len(wanted)


def test_what_was_passed_over_is_told_where_nothing_has_started() -> None:
    said: list[str] = []
    skipper = Skipper(said.append, is_quiet=True, is_once=True)
    skipper("error: no such bin\n")
    skipper.finish(is_failed=True)
    assert said == ["error: no such bin\n"]


@pytest.mark.parametrize(
    ("variables", "is_wanted"),
    [({}, False), ({"FORCE_COLOR": "1"}, True), ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False)],
)
def test_colour_is_decided_by_variables(
    variables: dict[str, str], is_wanted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert wants_colour(io.StringIO()) == is_wanted


# ---- how it looks ----

TEXT = [{"text": "    let 🦀 be one plus two", "highlight_start": 14, "highlight_end": 17}]
SPAN = {
    "file_name": "src/main.iron",
    "line_start": 12,
    "line_end": 12,
    "column_start": 14,
    "column_end": 17,
    "is_primary": True,
    "label": "no such name",
    "text": TEXT,
    "suggested_replacement": None,
}
MESSAGE = {
    "level": "error",
    "message": "cannot find it",
    "code": {"code": "E0425"},
    "spans": [SPAN],
    "children": [
        {"level": "note", "message": "of two\nlines", "spans": []},
        {
            "level": "help",
            "message": "say three",
            "spans": [{**SPAN, "suggested_replacement": "three"}],
        },
    ],
}


def test_a_message_is_drawn_as_rustc_draws_it() -> None:
    assert render_message(MESSAGE) == (
        "error[E0425]: cannot find it\n"
        "  --> src/main.iron:12:14\n"
        "   |\n"
        "12 |     let 🦀 be one plus two\n"
        "   |               ^^^ no such name\n"
        "   |\n"
        "   = note: of two\n"
        "           lines\n"
        "help: say three\n"
        "   |\n"
        "12 -     let 🦀 be one plus two\n"
        "12 +     let 🦀 be three plus two\n\n"
    )


def test_a_span_of_several_lines_is_drawn_by_its_first_and_last() -> None:
    rows = [
        {"text": "function f begin", "highlight_start": 1, "highlight_end": 17},
        {"text": "    g", "highlight_start": 1, "highlight_end": 6},
        {"text": "    h", "highlight_start": 1, "highlight_end": 6},
        {"text": "end function", "highlight_start": 1, "highlight_end": 13},
    ]
    span = {**SPAN, "line_start": 1, "line_end": 4, "column_start": 1, "text": rows}
    drawn = render_message({**MESSAGE, "spans": [span], "children": []})
    assert "1 | function f begin\n  | ^^^^^^^^^^^^^^^^\n...\n4 | end function\n" in drawn
    assert "  | ^^^^^^^^^^^^ no such name\n" in drawn


def test_a_message_fits_on_one_line_where_that_is_wanted() -> None:
    wanted = "src/main.iron:12:14: error[E0425]: cannot find it: no such name\n"
    assert render_short(MESSAGE) == wanted


def test_several_texts_for_one_place_are_a_choice() -> None:
    one = {"file_name": "a", "byte_start": 1, "byte_end": 1}
    assert is_choice([one, one])
    assert not is_choice([one, {**one, "byte_start": 0}])


# ---- cargo ----

MAIN = """\
import std its collections its BTreeMap

module legs

function main begin
    let mutable é be legs its count with 2
    println macro with "🦀 {}" and é
    let nothing_there of type Vec of u8 be Vec its new with nothing
    println macro with "🦀 {}" and nothing_there at index é
end function
"""
LEGS = """\
public function count takes crabs of type usize returns usize begin
    8 times crabs
end function

attribute cfg with test
module tests begin
    attribute test
    function right begin
        assert_eq macro with super its count with 1 done and 8
    end function
    attribute test
    function wrong begin
        assert_eq macro with super its count with 1 done and 9
    end function
end module
"""


@pytest.fixture
def crate(tmp_path: Path) -> Path:
    return lay(
        tmp_path / "work",
        {"Cargo.toml": CRATE, "src/main.iron": MAIN, "src/legs.iron": LEGS, "src/out.txt": ""},
    ).resolve()


@needs_rustc
def test_a_crate_runs_warns_and_panics_in_its_iron(crate: Path) -> None:
    done = redox(crate, "cargo", "run")
    assert done.returncode == 101
    assert done.stdout == "🦀 16\n"
    assert "warning: unused import: `std::collections::BTreeMap`\n --> src/main.iron:1:8" in (
        done.stderr
    )
    assert done.stderr.count("unused import") == 1
    assert "1 | import std its collections its BTreeMap" in done.stderr
    column = MAIN.splitlines()[8].index("at index") + 1
    assert f"panicked at src/main.iron:9:{column}:" in done.stderr
    assert "target/redox" not in done.stderr
    assert (crate / "target" / "debug").is_dir()
    quiet = redox(crate, "cargo", "run", "-q")
    assert "Running" not in quiet.stderr
    assert "panicked at src/main.iron:9" in quiet.stderr


ASKS = """\
fn main() {
    eprint!("warned\\nRunning on\\n     Running `x`\\nName?");
    let mut said = String::new();
    std::io::stdin().read_line(&mut said).unwrap();
    eprint!("\\r{:?}", (said.trim(), std::env::args().skip(1).collect::<Vec<_>>()));
}
"""


@needs_rustc
@pytest.mark.parametrize(
    ("words", "variables"),
    [(["-q"], {}), (["--offline"], {"CARGO_TERM_QUIET": "true"}), (["-qr"], {})],
)
def test_a_program_asks_and_is_answered(
    words: list[str], variables: dict[str, str], tmp_path: Path
) -> None:
    lay(tmp_path, {"Cargo.toml": CRATE, "src/main.iron": ASKS})
    with subprocess.Popen(
        [sys.executable, "-m", "redox", "cargo", "run", *words, "foo", "--", "-q"],
        cwd=tmp_path,
        env=environment(**variables),
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as child:
        assert child.stdin
        assert child.stderr
        # Where the question is held back nobody answers, and both would wait for ever.
        watch = threading.Timer(60, child.kill)
        watch.start()
        said = b""
        while not said.endswith(b"Name?") and (more := os.read(child.stderr.fileno(), 1000)):
            said += more
        child.stdin.write(b"Ferris\n")
        child.stdin.close()
        said += child.stderr.read()
        watch.cancel()
    wanted = 'warned\nRunning on\n     Running `x`\nName?\r("Ferris", ["foo", "--", "-q"])'
    assert said.decode() == wanted
    assert child.returncode == 0


@needs_rustc
def test_what_run_runs_is_compiled_and_nothing_else(crate: Path) -> None:
    lay(crate, {"Cargo.toml": CRATE + 'default-run = "good"\n'})
    lay(crate, {"src/bin/good.iron": 'fn main() { println!("good") }', "src/bin/bad.iron": "bad"})
    for words in ([], ["-p", "crab"], ["-p", "crab@0.1.0"], ["--bin", "good"], ["--bin=good"]):
        done = redox(crate, "cargo", "run", *words)
        assert (done.returncode, done.stdout) == (0, "good\n"), done.stderr
    assert redox(crate, "cargo", "run", "--bin", "bad").returncode == 101


@needs_rustc
def test_doc_tests_alone_say_what_the_library_has_wrong(tmp_path: Path) -> None:
    text = (
        "/// ```\n/// assert_eq!(crab::f(), 1);\n/// ```\n"
        "public function f returns u8 begin\n    1\nend function\n"
    )
    lay(tmp_path, {"Cargo.toml": CRATE, "src/lib.iron": "import std its fmt\n" + text})
    done = redox(tmp_path, "cargo", "test", "--doc", "--no-fail-fast", "f")
    assert (done.returncode, "1 passed" in done.stdout) == (0, True), done.stderr
    assert "1 | import std its fmt" in done.stderr
    lay(tmp_path, {"src/lib.iron": text.replace("    1", "    nowhere")})
    done = redox(tmp_path, "cargo", "test", "--doc")
    assert done.returncode == 101
    assert "src/lib.iron:5:5" in done.stderr


@needs_rustc
def test_what_is_built_lies_where_cargo_would_have_it(crate: Path) -> None:
    build = """\
fn main() {
    assert!(std::env::var_os("CARGO_TARGET_DIR").is_none());
}
"""
    lay(crate, {"build.iron": build})
    assert redox(crate, "cargo", "check").returncode == 0
    assert (crate / "target/debug").is_dir()
    assert redox(crate, "cargo", "check", "--config", 'build.target-dir="a"').returncode == 0
    assert redox(crate, "cargo", "check", CARGO_BUILD_TARGET_DIR="b").returncode == 0
    lay(crate, {".cargo/config.toml": '[build]\ntarget-dir = "c"\n'})
    assert redox(crate / "src", "cargo", "check").returncode == 0
    assert {name for name in "abc" if (crate / name / "debug").is_dir()} == {*"abc"}
    assert not {*"abc"} & {path.name for path in (crate / "target/redox").iterdir()}


@needs_rustc
def test_tests_pass_and_fail_in_their_iron(crate: Path) -> None:
    done = redox(crate, "cargo", "test", "--", "--test-threads=1")
    assert done.returncode == 101
    assert "test legs::tests::right ... ok" in done.stdout
    assert "panicked at src/legs.iron:13:9" in done.stdout
    assert "Running unittests src/main.iron" in done.stderr
    chosen = redox(crate, "cargo", "test", "--quiet", "right")
    assert chosen.returncode == 0
    assert "1 passed" in chosen.stdout


@needs_rustc
def test_messages_are_handed_on_as_json(crate: Path) -> None:
    done = redox(crate, "cargo", "check", "--message-format=json")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert rows[-1] == {"reason": "build-finished", "success": True}
    said = next(row for row in rows if row["reason"] == "compiler-message")
    assert said["manifest_path"] == str(crate / "Cargo.toml")
    assert said["target"]["src_path"] == str(crate / "src/main.iron")
    (span,) = said["message"]["spans"]
    assert (span["file_name"], span["byte_start"]) == ("src/main.iron", len("import "))
    assert span["text"][0]["text"] == MAIN.splitlines()[0]
    (mended,) = [one for one in said["message"]["children"] if one["spans"]]
    assert mended["spans"][0]["suggested_replacement"] == ""
    short = redox(crate, "cargo", "check", "--message-format", "short")
    assert short.stderr.startswith("src/main.iron:1:8: warning: unused import")


@needs_rustc
def test_places_hold_behind_a_byte_order_mark_crlf_and_wide_letters(crate: Path) -> None:
    text = (
        '\ufeff// 🦀\r\nfunction main begin\r\n    let é be "🦀"\r\n'
        '    println macro with "🦀 {} {}" and é and nowhere\r\nend function\r\n'
    )
    lay(crate, {"src/main.iron": text})
    done = redox(crate, "cargo", "check", "--message-format=json")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    said = [row["message"] for row in rows if row["reason"] == "compiler-message"]
    (span,) = next(one["spans"] for one in said if (one["code"] or {}).get("code") == "E0425")
    assert text.encode()[span["byte_start"] : span["byte_end"]] == b"nowhere"
    line = text.split("\r\n")[3]
    assert (span["line_start"], span["column_start"]) == (4, line.index("nowhere") + 1)
    assert span["text"][0]["text"] == line


@needs_rustc
def test_nothing_is_built_anew_where_nothing_has_changed(crate: Path) -> None:
    assert "Checking crab" in redox(crate, "cargo", "check").stderr
    os.utime(crate / "src/main.iron")
    again = redox(crate, "cargo", "check")
    assert "Checking crab" not in again.stderr
    assert "unused import" in again.stderr


@needs_rustc
def test_mistakes_in_iron_are_told_before_cargo_starts(crate: Path) -> None:
    lay(crate, {"src/legs.iron": "function count begin\n"})
    done = redox(crate, "cargo", "check")
    assert done.returncode == 101
    assert "error[unclosed-block]" in done.stderr
    assert "src/legs.iron:1:16" in done.stderr
    assert "Checking" not in done.stderr


@needs_rustc
def test_what_rustc_is_sure_of_is_applied_to_the_iron(crate: Path) -> None:
    done = redox(crate, "fix")
    assert done.returncode == 0
    assert "mended src/main.iron: 2 places" in done.stderr
    wanted = MAIN.replace("import std its collections its BTreeMap\n", "").replace("mutable ", "")
    assert (crate / "src/main.iron").read_text("utf-8") == wanted


@needs_rustc
def test_a_new_crate_runs(tmp_path: Path) -> None:
    assert redox(tmp_path, "new", "crab", "--vcs", "none").returncode == 0
    assert not (tmp_path / "crab/src/main.rs").exists()
    done = redox(tmp_path / "crab/src", "cargo", "run")
    assert (done.returncode, done.stdout) == (0, "Hello, world!\n")
    assert redox(tmp_path, "new", "crab").returncode == 2


@needs_rustc
def test_a_workspace_is_mirrored_whole(tmp_path: Path) -> None:
    root = lay(
        tmp_path,
        {
            "work/Cargo.toml": '[workspace]\nmembers = ["a", "b"]\nresolver = "2"\n',
            "work/a/Cargo.toml": CRATE.replace("crab", "a"),
            "work/a/src/lib.iron": "public function f returns u8 begin\n    1\nend function\n",
            "work/b/Cargo.toml": CRATE.replace("crab", "b")
            + '[dependencies]\na = { path = "../a" }\nfar = { path = "../../far" }\n'
            + '[[bin]]\nname = "other"\npath = "bins/other.iron"\n',
            "work/b/build.iron": "function main begin\n"
            '    println macro with "cargo:rustc-env=SAID=built"\nend function\n',
            "work/b/bins/other.iron": "function main begin\n"
            '    println!("{} {} {}", a::f(), far::f(), env!("SAID"))\nend function\n',
            "work/b/src/main.iron": '#[path = "../deep/m.iron"]\nmod m;\nfn main() { m::f() }\n',
            "work/b/deep/m.iron": 'public function f begin\n    include!("in.rs")\nend function\n',
            "work/b/deep/in.rs": '{ println!("included"); }\n',
            "far/Cargo.toml": CRATE.replace("crab", "far"),
            "far/src/lib.rs": "pub fn f() -> u8 { 2 }\n",
        },
    )
    done = redox(root / "work/b/src", "cargo", "run", "--bin", "other")
    assert (done.returncode, done.stdout) == (0, "1 2 built\n"), done.stderr
    done = redox(root / "work", "cargo", "run", "-q", "--bin", "b")
    assert (done.returncode, done.stdout) == (0, "included\n"), done.stderr
    assert (root / "work/target/redox/b/src/main.rs").is_file()
    assert not (root / "far/target").exists()


@needs_rustc
def test_both_kinds_of_sources_are_laid_out(crate: Path) -> None:
    main = MAIN.replace("module legs", "module legs\nmodule plain")
    lay(
        crate,
        {
            "src/main.iron": main,
            "src/plain.rs": "fn  f( ) {}\n",
            "src/legs.iron": LEGS.replace("    8", "  8"),
        },
    )
    before = look(crate / "src")
    for words in (["--check"], ["--all", "--", "--check"], ["-q", "-p", "crab", "--", "--check"]):
        check = redox(crate, "cargo", "fmt", *words)
        assert check.returncode == 1
        assert "src/plain.rs" in check.stderr
        assert look(crate / "src") == before
    assert redox(crate, "cargo", "fmt").returncode == 0
    assert (crate / "src/plain.rs").read_text() == "fn f() {}\n"
    assert (crate / "src/legs.iron").read_text() == LEGS
    assert redox(crate, "cargo", "fmt", "--check").returncode == 0
    assert redox(crate, "cargo", "fmt", "--", "--config", "tab_spaces=2").returncode == 0
    assert "\n  8 times crabs" in (crate / "src/legs.iron").read_text()


@needs_rustc
def test_what_targets_reach_is_laid_out_by_its_edition(tmp_path: Path) -> None:
    ugly = "fn  f( ) {}\n"
    old = CRATE.replace("crab", "a").replace('edition = "2021"\n', "")
    root = lay(
        tmp_path,
        {
            "Cargo.toml": '[workspace]\nmembers = ["a", "b"]\nresolver = "2"\n'
            '[workspace.package]\nedition = "2021"\n',
            "a/Cargo.toml": old,
            "a/src/lib.rs": "fn  async( ) {}\n",
            "a/tests/ui/x.rs": ugly,
            "a/vendored/x.rs": "no Rust at all",
            "b/Cargo.toml": CRATE.replace("crab", "b").replace('"2021"', "{ workspace = true }"),
            "b/src/main.iron": "module m\nfunction  main begin\nend function\n",
            "b/src/m.rs": "use a::{B, aa};\nfn  f() {}\n",
        },
    )
    before = look(root)
    assert redox(root / "a", "cargo", "fmt", "-p", "b").returncode == 0
    now = look(root)
    assert {name for name in before if now[name] != before[name]} == {
        "b/src/main.iron",
        "b/src/m.rs",
    }
    assert now["b/src/m.rs"] == "use a::{aa, B};\nfn f() {}\n"
    assert redox(root / "a", "cargo", "fmt").returncode == 0
    assert (root / "a/src/lib.rs").read_text() == "fn async() {}\n"
    assert (root / "a/tests/ui/x.rs").read_text() == ugly


@needs_rustc
@pytest.mark.parametrize(
    ("files", "words", "code", "why"),
    [
        ({"src/plain.rs": "fn  f( {}\n"}, [], 1, "src/plain.rs:1:11"),
        ({"src/plain.rs": "// \udcff\n"}, [], 1, "plain"),
        ({"src/plain.iron": "function f begin\n"}, [], 101, "src/plain.iron:1:12"),
        ({"src/plain.rs": ""}, ["--", "--backup"], 2, "--backup"),
    ],
)
def test_nothing_is_laid_out_where_one_source_can_not_be(
    files: dict[str, str], words: list[str], code: int, why: str, tmp_path: Path
) -> None:
    main = "module plain\nfunction  main begin\nend function\n"
    crate = lay(tmp_path / "work", {"Cargo.toml": CRATE, "src/main.iron": main})
    for name, text in files.items():
        (crate / name).write_bytes(text.encode("utf-8", "surrogateescape"))
    done = redox(crate, "cargo", "fmt", *words)
    assert (done.returncode, why in done.stderr) == (code, True), done.stderr
    assert (crate / "src/main.iron").read_text() == main
