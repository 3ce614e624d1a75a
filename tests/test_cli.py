"""The command line: what each command writes, where, and with which exit code."""

from __future__ import annotations

import errno
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from test_shadow import CRATE
from typer.testing import CliRunner

import redox.cli
import redox.files
import redox.toolchain
from redox import __version__, oxidize, reduce
from redox.cli import COMMANDS, OWN_COMMANDS, app
from redox.commands.stats import split_chunks
from redox.commands.translating import first_difference
from redox.lookup import find_phrases
from redox.phrasebook import Phrase
from redox.toolchain import Tool, probe_tool

ROOT = Path(__file__).parent.parent
RUST = 'fn main() {\n    println!("{}", 1 + 2);\n}\n'
UNCLOSED = 'fn main() {\n    let x = "abc;\n}\n'
HAS_RUSTC = probe_tool("rustc").numbers >= redox.toolchain.MINIMUM_RUSTC
needs_rustc = pytest.mark.skipif(not HAS_RUSTC, reason="rustc 1.85 or newer is not installed")
needs_rustfmt = pytest.mark.skipif(not probe_tool("rustfmt").version, reason="there is no rustfmt")

Write = Callable[[str, str | bytes], Path]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Go to a new folder, and write files there exactly."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def write_file(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write_file


def call(*arguments: str | Path, stdin: str | bytes = "") -> tuple[int, bytes, str]:
    """Run `redox` in this process; return exit code, standard output and standard error."""
    done = CliRunner().invoke(app, [str(one) for one in arguments], input=stdin)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout_bytes, done.stderr


@contextmanager
def start(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """Start `redox` as a process group of its own, and leave nothing of it behind."""
    # A shell's background jobs ignore Ctrl-C, and so would all that they start.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with subprocess.Popen(
        [sys.executable, "-m", "redox", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as child:
        try:
            yield child
        finally:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)


def tree(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


class TestReduceAndOxidize:
    def test_a_file_goes_to_standard_output_and_back(self, write: Write) -> None:
        code, iron, errors = call("reduce", write("a.rs", RUST))
        assert (code, iron.decode(), errors) == (0, reduce(RUST).text, "")
        code, rust, _ = call("oxidize", "-", stdin=iron)
        assert (code, rust.decode()) == (0, RUST)

    @pytest.mark.parametrize(
        "text", ["let x = 1;\r\nlet y = 2;\rz", "\ufefffn f() {}\n", "", "// 日本\n"]
    )
    def test_bytes_come_back_exactly(self, write: Write, text: str) -> None:
        _, iron, _ = call("reduce", write("a.rs", text))
        _, rust, _ = call("oxidize", write("a.iron", iron))
        assert rust == text.encode()

    def test_output_to_a_file_and_into_a_folder(self, write: Write, tmp_path: Path) -> None:
        source = write("a.rs", RUST)
        assert call("reduce", source, "-o", tmp_path / "deep" / "b.iron") == (0, b"", "")
        assert call("reduce", source, "-o", f"{tmp_path}/out/")[0] == 0
        assert call("oxidize", "-", "-o", tmp_path / "c.rs", stdin=RUST)[0] == 0
        assert tree(tmp_path) == ["a.rs", "c.rs", "deep/b.iron", "out/a.iron"]

    def test_a_folder_is_mirrored(self, write: Write, tmp_path: Path) -> None:
        for name in ("src/a.rs", "src/b/c.rs", "src/target/d.rs", "src/.git/e.rs", "src/readme"):
            write(name, RUST)
        assert call("reduce", "src", "-o", "src/iron")[0] == 0
        assert tree(tmp_path / "src" / "iron") == ["a.iron", "b/c.iron"]
        assert call("reduce", "src", "-o", "src/iron")[0] == 0
        assert call("oxidize", "src/iron", "-o", "back")[0] == 0
        assert (tmp_path / "back/b/c.rs").read_text() == RUST

    def test_what_is_hidden_in_a_folder_is_left_out(self, write: Write, tmp_path: Path) -> None:
        write("src/a.rs", RUST)
        write("src/._a.rs", b"\xff")
        (tmp_path / "src" / ".#a.rs").symlink_to("me@there.123")
        assert call("reduce", "src", "-o", "out")[0] == 0
        assert tree(tmp_path / "out") == ["a.iron"]

    def test_sources_are_not_overwritten(self, write: Write, tmp_path: Path) -> None:
        source = write("a.iron", RUST)
        (tmp_path / "link.rs").symlink_to(source)
        write("b.iron", RUST)
        for arguments in (["a.iron", "-o", "a.iron"], ["a.iron", "-o", "link.rs"]):
            code, _, errors = call("oxidize", *arguments)
            assert (code, "sources are not overwritten" in errors) == (2, True)
        os.link(source, tmp_path / "out.rs")
        assert call("oxidize", "a.iron", "-o", "out.rs")[0] == 2
        assert source.read_text() == RUST

    def test_two_sources_for_one_place_are_refused(self, write: Write, tmp_path: Path) -> None:
        write("x/a.rs", RUST)
        write("y/a.rs", RUST)
        code, _, errors = call("reduce", "x/a.rs", "y/a.rs", "-o", "out")
        assert (code, "would both be written" in errors) == (2, True)
        assert not (tmp_path / "out").exists()

    def test_places_must_be_clear(self, write: Write) -> None:
        write("a.rs", RUST)
        write("empty/readme", "")
        assert call("reduce", "a.rs", "a.rs")[0] == 2
        assert call("reduce", ".")[0] == 2
        assert call("reduce", "-", "-o", "./")[0] == 2
        assert call("reduce", "empty", "-o", "out")[0] == 2
        assert call("reduce", "empty", "-o", "a.rs")[0] == 2
        assert call("reduce")[0] == 2

    def test_check_writes_nothing(self, write: Write, tmp_path: Path) -> None:
        write("src/a.rs", RUST)
        write("src/b.iron", RUST)
        assert call("reduce", "--check", "src", "-o", "out") == (0, b"", "")
        assert call("oxidize", "--check", "src") == (0, b"", "")
        assert tree(tmp_path) == ["src/a.rs", "src/b.iron"]

    def test_findings_end_with_1_and_the_text_is_written_all_the_same(self, write: Write) -> None:
        code, rust, errors = call("oxidize", write("a.iron", UNCLOSED))
        assert (code, rust.decode()) == (1, oxidize(UNCLOSED).text)
        assert errors.startswith("error[")
        assert "--> " in errors
        assert call("oxidize", "--check", "a.iron")[0] == 1

    def test_json_is_one_object_on_a_line(self, write: Write) -> None:
        _, _, errors = call("oxidize", "--json", write("a.iron", UNCLOSED))
        rows = [json.loads(line) for line in errors.splitlines()]
        assert rows
        assert {row["span"]["line"] for row in rows} <= {1, 2, 3, 4}

    def test_first_difference(self) -> None:
        assert first_difference("abc", "abc") is None
        assert first_difference("abc", "abd") == 2
        assert first_difference("ab", "abd") == 2


class TestBadInput:
    """One line on standard error, exit code 2, and nothing is written."""

    def refused(self, *arguments: str | Path, stdin: bytes = b"") -> str:
        code, output, errors = call(*arguments, stdin=stdin)
        assert (code, output) == (2, b"")
        assert errors.startswith("error: ")
        assert errors.count("\n") == 1
        return errors

    def test_what_is_no_utf8(self, write: Write, tmp_path: Path) -> None:
        write("src/a.rs", RUST)
        write("src/z.rs", b"fn f() {}\n// \xff\n")
        assert "not UTF-8: byte 0xff on line 2" in self.refused("reduce", "src/z.rs")
        assert "not UTF-8" in self.refused("reduce", "-", stdin=b"\xc3")
        assert "z.rs" in self.refused("reduce", "src", "-o", "out")
        assert not (tmp_path / "out").exists()

    def test_what_is_no_file(self, write: Write, tmp_path: Path) -> None:
        write("a.rs", RUST)
        os.mkfifo(tmp_path / "pipe")
        assert "no such file" in self.refused("reduce", "missing.rs")
        assert "not a folder" in self.refused("reduce", "a.rs/b.rs")
        assert "is a folder" in self.refused("run", ".")
        assert "not a regular file" in self.refused("check", "pipe")
        assert "too long" in self.refused("check", "x" * 300)
        assert "\\x1b[31m" in self.refused("check", "\x1b[31m")

    def test_what_is_too_large(self, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(redox.files, "MAX_BYTES", 10)
        assert "larger than" in self.refused("reduce", write("a.rs", RUST))
        assert "larger than" in self.refused("reduce", "-", stdin=RUST.encode())

    @pytest.mark.parametrize("door", ["open", "mkstemp"])
    def test_what_may_not_be_read_or_written(
        self, write: Write, monkeypatch: pytest.MonkeyPatch, door: str
    ) -> None:
        def forbid(*_: object, **__: object) -> None:
            raise PermissionError(errno.EACCES, "Permission denied")

        write("a.rs", RUST)  # a mode would not do: root may read and write everything
        monkeypatch.setattr(os if door == "open" else tempfile, door, forbid)
        assert "no permission" in self.refused("reduce", "a.rs", "-o", "b.iron")

    def test_a_place_that_cannot_be_written(self, write: Write) -> None:
        write("a.rs", RUST)
        assert "not a folder" in self.refused("reduce", "a.rs", "-o", "a.rs/b.iron")

    def test_a_phrasebook_that_is_refused(self, write: Write) -> None:
        write("a.rs", RUST)
        assert "no such file" in self.refused("--phrasebook", "none.toml", "check", "a.rs")
        write("bad.toml", "phrase = 1\n")
        code, _, errors = call("--phrasebook", "bad.toml", "check", "a.rs")
        assert (code, errors.startswith("error: ")) == (2, True)


class TestFiles:
    def test_modes_and_links_are_kept(self, tmp_path: Path) -> None:
        path = tmp_path / "a"
        path.write_text("old")
        path.chmod(0o640)
        link = tmp_path / "link"
        link.symlink_to(path)
        redox.files.write_text(link, "new\r\n")
        assert path.read_bytes() == b"new\r\n"
        assert (link.is_symlink(), stat.S_IMODE(path.stat().st_mode)) == (True, 0o640)

    @pytest.mark.parametrize("name", ["pipe", "link"])
    def test_a_pipe_is_written_into(self, tmp_path: Path, name: str) -> None:
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        (tmp_path / "link").symlink_to(pipe)
        reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
        try:
            redox.files.write_text(tmp_path / name, "new")
            assert os.read(reader, 10) == b"new"
        finally:
            os.close(reader)
        assert pipe.is_fifo()

    def test_a_socket_is_not_replaced(self, write: Write, tmp_path: Path) -> None:
        write("a.rs", RUST)
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind("there")
            assert call("reduce", "a.rs", "-o", "there")[0] == 2
        assert (tmp_path / "there").is_socket()

    def test_an_interrupted_write_leaves_the_old_file_alone(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = tmp_path / "a"
        path.write_text("old")

        def interrupt(*_: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(os, "replace", interrupt)
        with pytest.raises(KeyboardInterrupt):
            redox.files.write_text(path, "new")
        assert tree(tmp_path) == ["a"]
        assert path.read_text() == "old"

    def test_a_lone_surrogate_is_not_written(self, tmp_path: Path) -> None:
        with pytest.raises(redox.files.BadInputError, match="surrogate"):
            redox.files.write_text(tmp_path / "a", "\ud800")
        assert tree(tmp_path) == []


class TestCheck:
    def test_finds_on_standard_output(self, write: Write) -> None:
        write("src/a.iron", RUST)
        assert call("check", "src") == (0, b"", "")
        write("src/b.iron", UNCLOSED)
        code, output, errors = call("check", "src")
        assert (code, errors) == (1, "")
        assert b"src/b.iron:" in output

    def test_json(self, write: Write) -> None:
        _, output, _ = call("check", "--json", write("a.iron", UNCLOSED))
        row = json.loads(output.splitlines()[0])
        assert set(row) == {"path", "code", "severity", "message", "span", "related", "fix"}
        assert row["path"].endswith("a.iron")


class TestFormat:
    @needs_rustfmt
    def test_lays_out_as_rustfmt_does(self, write: Write) -> None:
        write("a.iron", reduce("fn  f( ){g( 1,2 );\n\n\n\n}").text)
        tidy = "fn f() {\n    g(1, 2);\n}\n"
        assert call("format", "a.iron")[1].decode() == reduce(tidy).text
        code, output, errors = call("format", "--check", "a.iron")
        assert (code, output, "warning[layout]" in errors) == (1, b"", True)
        assert call("format", "--write", ".")[0] == 0
        assert call("format", "--check", ".") == (0, b"", "")

    @needs_rustfmt
    def test_keeps_rust(self, write: Write) -> None:
        rust = "fn f() {\ng( 1,2 );\n}\n"
        assert call("format", "--keep-rust", write("a.iron", rust))[1].decode() == (
            "fn f() {\n    g(1, 2);\n}\n"
        )

    @needs_rustfmt
    def test_keeps_rust_among_iron(self, write: Write) -> None:
        def with_rust(text: str, line: str) -> str:
            first, _, *rest = reduce(text).text.splitlines()
            return "\n".join([first, line, *rest, ""])

        path = write("a.iron", with_rust("fn f() {\n g();\nlet x = 1;\n}\n", "g( 1,2 );"))
        tidy = with_rust("fn f() {\n    g();\n    let x = 1;\n}\n", "    g(1, 2);")
        assert call("format", "--keep-rust", path) == (0, tidy.encode(), "")

    @needs_rustfmt
    def test_takes_the_rustfmt_toml_of_the_file(self, write: Write) -> None:
        write("x/rustfmt.toml", "tab_spaces = 2\n")
        write("x/y/a.iron", "fn f() {\ng();\n}\n")
        assert call("format", "x/y/a.iron")[1].decode() == reduce("fn f() {\n  g();\n}\n").text

    def test_mends_indentation_where_rustfmt_refuses(self, write: Write) -> None:
        rust = "fn f() {\n let = a\n .b(|x| {\ny /* z\n  z */\n   })\n\n\t.c(1,\n2);\n}\n"
        tidy = (
            "fn f() {\n    let = a\n        .b(|x| {\n            y /* z\n  z */\n        })\n"
            "\n        .c(1,\n            2);\n}\n"
        )
        code, output, _ = call("format", write("a.iron", reduce(rust).text))
        assert (code, output.decode()) == (0, reduce(tidy).text)

    def test_leaves_broken_iron_alone(self, write: Write) -> None:
        path = write("a.iron", UNCLOSED)
        code, output, errors = call("format", path)
        assert (code, output.decode(), "error[" in errors) == (1, UNCLOSED, True)

    def test_refuses_what_is_unclear(self, write: Write) -> None:
        write("a.iron", RUST)
        write("b.iron", RUST)
        assert call("format", "--write", "--check", "a.iron")[0] == 2
        assert call("format", "a.iron", "b.iron")[0] == 2
        assert call("format", "--write", "-")[0] == 2

    @pytest.mark.parametrize("options", [[], ["--write"], ["--check"]])
    def test_refuses_rust(self, write: Write, options: list[str]) -> None:
        rust = write("a.rs", RUST)
        code, output, errors = call("format", *options, "a.rs")
        assert (code, output, errors.count("\n")) == (2, b"", 1)
        assert "a.rs: is Rust; rustfmt" in errors
        assert rust.read_text() == RUST


class TestRun:
    PROGRAM = (
        'fn main() {\n    for a in std::env::args().skip(1) {\n        println!("{a}");\n    }\n'
        "    std::process::exit(7);\n}\n"
    )

    @needs_rustc
    def test_hands_on_arguments_and_exit_code(self, write: Write) -> None:
        write("my-program.iron", reduce(self.PROGRAM).text)
        with start("run", "my-program.iron", "--json", "-x", "日本") as child:
            output, errors = child.communicate(timeout=120)
        assert (child.returncode, output.decode(), errors) == (7, "--json\n-x\n日本\n", b"")

    @needs_rustc
    def test_shows_what_rustc_finds_in_the_iron(self, write: Write) -> None:
        iron = reduce("// é\nfn main() {\n    let n: u32 = nowhere;\n}\n").text
        code, _, errors = call("run", "--json", write("a.iron", iron))
        row = json.loads(errors.splitlines()[0])
        span = row["span"]
        assert (code, row["code"], row["severity"], span["line"]) == (1, "E0425", "error", 3)
        assert iron[span["start"] : span["end"]] == "nowhere"

    @needs_rustc
    def test_shows_no_sum_of_what_rustc_warns_of(self, write: Write) -> None:
        write("a.iron", reduce("fn main() {}\nfn one() {}\n").text)
        with start("run", "--json", "a.iron") as child:
            _, errors = child.communicate(timeout=120)
        assert [json.loads(row)["code"] for row in errors.splitlines()] == ["dead_code"]

    @needs_rustc
    def test_runs_the_tests_of_a_file_that_has_no_main(self, write: Write) -> None:
        write(
            "a.iron", reduce("#[test]\nfn one() {}\n#[test]\nfn two() {\n    panic!();\n}\n").text
        )
        for chosen, code, said in (("one", 0, b"1 passed; 0 failed"), ("two", 101, b"0 passed")):
            with start("run", "--test", "a.iron", chosen) as child:
                output, errors = child.communicate(timeout=120)
            assert child.returncode == code, errors
            assert said in output

    def test_refuses_an_old_rustc_by_name(
        self, write: Write, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        old = Tool("rustc", "/usr/bin/rustc", "rustc 1.63.0")
        monkeypatch.setattr(redox.toolchain, "probe_tool", lambda _: old)
        code, _, errors = call("run", write("a.iron", RUST))
        assert code == 2
        assert "rustc 1.63.0 at /usr/bin/rustc is too old" in errors
        assert "1.85" in errors

    def test_does_not_compile_iron_with_errors(
        self, write: Write, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(redox.toolchain, "probe_tool", None)
        assert call("run", write("a.iron", UNCLOSED))[0] == 1


class TestToolchain:
    def test_a_proxy_without_its_tool_is_missing(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        proxy = tmp_path / "rust-analyzer"
        says = "echo 'info: syncing' >&2\necho 'error: not installed' >&2\n"
        proxy.write_text(f"#!/bin/sh\n{says}exit 1\n")
        proxy.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
        tool = probe_tool("rust-analyzer")
        assert (tool.version, tool.problem) == ("", "does not run: not installed")

    def test_probes_start_in_an_empty_folder_with_a_toolchain(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        spy = tmp_path / "rustc"
        spy.write_text('#!/bin/sh\necho "rustc 1.99.0 in $(pwd) $(ls | wc -l)"\n')
        spy.chmod(0o755)
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("PATH", f".:{tmp_path}:/usr/bin:/bin")
        tool = probe_tool("rustc")
        assert tool.numbers == (1, 99, 0)
        assert tool.path == str(spy)
        assert str(tmp_path) not in tool.version.split(" in ")[1]
        assert tool.version.endswith(" 0")

    def test_what_hangs_is_ended_with_its_children(self, tmp_path: Path) -> None:
        begun = time.monotonic()
        command = ["/bin/sh", "-c", "sleep 60 & sleep 60"]
        done = redox.process.run_program(command, folder=tmp_path, timeout=0.3)
        assert (done.timed_out, time.monotonic() - begun < 10) == (True, True)

    def test_crate_names(self) -> None:
        assert redox.toolchain.crate_name("my-program") == "my_program"
        assert redox.toolchain.crate_name("1é") == "program_1_"


class TestExplain:
    ROWS = tuple(
        Phrase(text, rust, "infix", "", "", "")
        for text, rust in [("or", "|"), ("or else", "||"), ("is", "="), ("is less than", "<")]
    )

    def found(self, wanted: str) -> list[str]:
        return [phrase.text for phrase in find_phrases(wanted, self.ROWS)]

    def test_finds_phrases_and_tokens(self) -> None:
        assert self.found("or") == ["or"]
        assert self.found("Is Less Than") == ["is less than"]
        assert self.found("||") == ["or else"]
        assert self.found("less") == ["is less than"]
        assert self.found("nor") == []

    def test_speaks_both_ways(self) -> None:
        for query in (["plus"], ["+"]):
            code, output, _ = call("explain", *query)
            assert (code, "plus  means  `+`" in output.decode()) == (0, True)
        assert json.loads(call("explain", "--json", "plus")[1])[0]["rust"] == "+"

    def test_suggests(self) -> None:
        code, output, errors = call("explain", "plsu")
        assert (code, output, "did you mean `plus`" in errors) == (1, b"", True)


class TestStats:
    def test_counts_files_and_their_sum(self, write: Write) -> None:
        pytest.importorskip("bpe_openai")
        write("src/a.rs", RUST)
        write("src/b.iron", reduce(RUST).text)
        rows = json.loads(call("stats", "--json", "src")[1])
        assert [row["path"] for row in rows] == ["src/a.rs", "src/b.iron", "in sum"]
        first, second, both = (row["o200k_base"] for row in rows)
        assert first == second
        assert (both["rust"], both["ratio"]) == (2 * first["rust"], first["ratio"])
        assert "o200k Rust" in call("stats", "src")[1].decode()

    def test_a_missing_tokenizer_is_one_line(
        self, write: Write, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "bpe_openai", None)
        code, _, errors = call("stats", write("a.rs", RUST))
        assert (code, errors.count("\n")) == (2, 1)
        assert "pip install '.[stats]'" in errors

    def test_chunks_join_to_the_text(self) -> None:
        text = ("x" * 99 + "\n") * 25_000 + "y" * 2_000_000
        chunks = split_chunks(text)
        assert "".join(chunks) == text
        assert max(map(len, chunks)) < 1_000_000


class TestProgram:
    def test_doctor_names_what_is_missing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def none(name: str) -> Tool:
            return Tool(name, "", "", "not found")

        monkeypatch.setattr("redox.commands.doctor.probe_tool", none)
        rows = {row["name"]: row for row in json.loads(call("doctor", "--json")[1])}
        assert rows["Python"]["state"] == "ok"
        assert rows["rustfmt"]["remark"].startswith("not found; without it")
        code, output, _ = call("doctor")
        assert (code, b"rust-analyzer" in output) == (1, True)

    def test_version_and_help(self) -> None:
        assert call("--version")[1].decode() == f"redox {__version__}\n"
        shown = call("--help")[1].decode()
        assert all(command.name in shown for command in OWN_COMMANDS)
        assert call()[0] == 2

    @pytest.mark.parametrize("name", redox.cli.HELP)
    def test_help_says_what_a_sibling_says_of_itself(self, name: str) -> None:
        assert COMMANDS[name].help == COMMANDS[name].load().info.help

    def test_each_sibling_of_ours_names_the_extra_that_it_needs(self) -> None:
        project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
        points = project["entry-points"][redox.cli.ENTRY_POINTS]
        assert points.keys() == redox.cli.HELP.keys()
        for name, value in points.items():
            (extra,) = EntryPoint(name, value, redox.cli.ENTRY_POINTS).extras
            assert extra in project["optional-dependencies"]

    def test_an_unknown_command_gets_a_suggestion(self) -> None:
        code, _, errors = call("oxidise")
        assert (code, "oxidize" in errors) == (2, True)

    @pytest.mark.parametrize("name", [command.name for command in OWN_COMMANDS])
    def test_each_command_has_help(self, name: str) -> None:
        code, output, _ = call(name, "--help")
        assert (code, f"redox {name}" in output.decode().replace("root", "redox")) == (0, True)

    def test_a_missing_extra_is_one_line(self, monkeypatch: pytest.MonkeyPatch) -> None:
        point = EntryPoint("serve", "no_such_module:serve [lsp]", "redox.commands")
        monkeypatch.setattr(redox.cli, "entry_points", lambda group: [point] if group else [])
        (sibling,) = redox.cli.siblings()
        monkeypatch.setitem(COMMANDS, "corpus", sibling)
        code, _, errors = call("corpus")
        assert code == 2
        assert errors == (
            "error: `redox serve` needs no_such_module, which is not installed: "
            "in a checkout of Redox, pip install '.[lsp]'\n"
        )

    def test_ctrl_c_ends_with_130(self) -> None:
        with start("reduce", "-") as child:
            time.sleep(1)  # it waits for its standard input then
            os.killpg(child.pid, signal.SIGINT)
            _, errors = child.communicate(timeout=30)
        assert (child.returncode, errors) == (130, b"")

    @needs_rustc
    def test_ctrl_c_reaches_the_program_that_runs(self, write: Write) -> None:
        write("a.iron", 'fn main() {\n    println!("on");\n    loop {}\n}\n')
        with start("run", "a.iron") as child:
            assert child.stdout is not None
            assert child.stdout.readline() == b"on\n"
            os.killpg(child.pid, signal.SIGINT)
            assert child.wait(timeout=30) == 130

    @needs_rustc
    @pytest.mark.parametrize("words", [("run", "src/main.iron"), ("cargo", "run", "-q")])
    def test_the_signal_term_ends_the_program_that_runs(
        self, write: Write, words: tuple[str, ...]
    ) -> None:
        write("Cargo.toml", CRATE)
        write("src/main.iron", 'fn main() {\n    println!("on");\n    loop {}\n}\n')
        with start(*words) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == b"on\n"
            child.terminate()
            # Its output ends only when the program has, too.
            assert child.communicate(timeout=60)[0] == b""
        assert child.returncode == 143

    @needs_rustc
    def test_ctrl_c_ends_fix_while_cargo_checks(self, write: Write, tmp_path: Path) -> None:
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        text = 'fn main() {\n    let mut a = 1;\n    println!("{a}");\n}\n'
        write("Cargo.toml", CRATE)
        main = write("src/main.iron", text)
        write(
            "build.rs",
            f'fn main() {{\n    std::fs::write("{pipe}", "on").unwrap();\n'
            "    std::thread::sleep(std::time::Duration::MAX);\n}\n",
        )
        with start("fix") as child:
            assert pipe.read_text() == "on"
            os.killpg(child.pid, signal.SIGINT)
            child.communicate(timeout=60)
        assert child.returncode == 130
        assert main.read_text() == text

    @pytest.mark.parametrize("words", [("reduce", "a.rs"), ("cargo", "tree")])
    def test_a_closed_pipe_is_no_traceback(self, write: Write, words: tuple[str, ...]) -> None:
        write("a.rs", "fn f() {}\n" * 20_000)
        write("Cargo.toml", CRATE)
        write("src/main.iron", "")
        with start(*words) as child:
            assert child.stdout is not None
            child.stdout.close()
            _, errors = child.communicate(timeout=60)
        assert b"Traceback" not in errors
        assert b"Exception" not in errors

    # A full disk needs rights to make; the device is one for everybody.
    @pytest.mark.skipif(not os.path.exists("/dev/full"), reason="only Linux has /dev/full")
    @pytest.mark.parametrize(
        "words",
        [
            ("reduce", "a.rs"),
            ("check", "b.iron"),
            ("cargo", "tree", "--manifest-path", "crate/Cargo.toml"),
            ("--version",),
        ],
    )
    def test_an_output_that_is_full_is_one_line(self, write: Write, words: tuple[str, ...]) -> None:
        write("a.rs", RUST)
        write("b.iron", UNCLOSED)
        write("crate/Cargo.toml", CRATE)
        write("crate/src/main.iron", "")
        with open("/dev/full", "wb") as full:
            done = subprocess.run(
                [sys.executable, "-m", "redox", *words],
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
            )
        assert done.returncode == 2
        assert done.stderr.splitlines()[-1] == "error: standard output: no space left on device"
        assert "Traceback" not in done.stderr

    def test_an_output_that_knows_ascii_alone_gets_escapes(self, write: Write) -> None:
        write("é.iron", UNCLOSED.replace("abc", "日"))
        done = subprocess.run(
            [sys.executable, "-m", "redox", "check", "é.iron"],
            env={**os.environ, "PYTHONIOENCODING": "ascii"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (1, "")
        assert r"\u65e5" in done.stdout

    @pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
    def test_completes_commands(self, shell: str, monkeypatch: pytest.MonkeyPatch) -> None:
        for name, value in {
            "_REDOX_COMPLETE": f"complete_{shell}",
            "_TYPER_COMPLETE_ARGS": "redox oxi",
            "_TYPER_COMPLETE_FISH_ACTION": "get-args",
            "COMP_WORDS": "redox oxi",
            "COMP_CWORD": "1",
        }.items():
            monkeypatch.setenv(name, value)
        done = CliRunner().invoke(app, [], prog_name="redox")
        assert "oxidize" in done.output

    def test_start_loads_nothing_heavy(self) -> None:
        """Neither `import redox` nor `redox --help`; `make bench` says how long they take."""
        assert _loaded("import redox") == "[]"
        assert _loaded(_HELP) == "[]"


_HEAVY = "rich pygments pydantic lark asyncio multiprocessing bpe_openai redox.machine".split()
_HELP = """
import contextlib, io
from redox.cli import app
with contextlib.redirect_stdout(io.StringIO()):
    app(["--help"], standalone_mode=False)
"""


def _loaded(program: str) -> str:
    """Return which of the heavy modules a program loads."""
    probe = f"import sys\n{program}\nprint([name for name in {_HEAVY!r} if name in sys.modules])"
    command = [sys.executable, "-c", probe]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
