"""The mirror of a workspace: what it holds, what it leaves alone, and where it stays."""

from __future__ import annotations

import json
import os
import subprocess
import tomllib
from contextlib import suppress
from pathlib import Path

import pytest

from redox.files import BadInputError
from redox.shadow.leading_out import redirect_from, redirections, shadow_manifest
from redox.shadow.tree import find_package, find_root, walk
from redox.shadow.workspace import Shadow, Wording, mirror
from redox.suggested import apply_edits

CRATE = '[package]\nname = "crab"\nversion = "0.1.0"\nedition = "2021"\n'
MAIN = "module legs\n\nfunction main begin\n    legs its walk with nothing\nend function\n"
LEGS = "public function walk begin\nend function\n"


def lay(root: Path, files: dict[str, str]) -> Path:
    """Write files below a folder, and links as `look` tells them."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if text.startswith("-> "):
            path.symlink_to(text.removeprefix("-> "))
        else:
            path.write_bytes(text.encode())
    return root


def look(folder: Path) -> dict[str, str]:
    """Return all that lies below a folder, links told and not followed."""
    found = {}
    for place, folders, names in os.walk(folder):
        for name in (*folders, *names):
            path = Path(place, name)
            key = str(path.relative_to(folder))
            if path.is_symlink():
                found[key] = f"-> {os.readlink(path)}"
            elif path.is_file():
                found[key] = path.read_bytes().decode("utf-8", "backslashreplace")
    return found


def mirrored(root: Path) -> Shadow:
    return mirror(root, Wording())


@pytest.fixture
def crate(tmp_path: Path) -> Path:
    files = {
        "Cargo.toml": CRATE,
        "src/main.iron": MAIN,
        "src/legs.iron": LEGS,
        "src/plain.rs": "pub fn f() {}\n",
        "data/words.txt": "é\n",
    }
    return lay(tmp_path / "work", files).resolve()


def test_iron_becomes_rust_beside_what_is_rust_already(crate: Path) -> None:
    shadow = mirrored(crate)
    found = look(shadow.folder)
    assert found["src/main.rs"] == "mod legs;\n\nfn main() {\n    legs::walk()\n}\n"
    assert found["src/plain.rs"] == "pub fn f() {}\n"
    assert found["src/legs.iron"] == "-> legs.rs"
    assert found["data/words.txt"] == f"-> {crate / 'data/words.txt'}"
    assert found["Cargo.toml"] == CRATE + "\n[workspace]\n"
    assert found[".gitignore"] == "*\n"


def test_what_has_not_changed_keeps_its_time(crate: Path) -> None:
    folder = mirrored(crate).folder
    os.utime(folder / "src/main.rs", (1, 1))
    os.utime(crate / "src/main.iron", (5, 5))  # touched, but the same
    (crate / "src/legs.iron").write_text(LEGS.replace("walk", "run"))
    mirrored(crate)
    assert (folder / "src/main.rs").stat().st_mtime == 1
    assert "fn run()" in (folder / "src/legs.rs").read_text()


def test_a_change_that_keeps_the_length_is_mirrored(crate: Path) -> None:
    lay(crate, {"src/legs.iron": "const A of type u8 be 1\n"})
    mirrored(crate)
    lay(crate, {"src/legs.iron": "const A of type u8 be 2\n"})
    os.utime(crate / "src/legs.iron", (5, 5))
    assert look(mirrored(crate).folder)["src/legs.rs"] == "const A: u8 = 2;\n"


def test_what_is_gone_is_removed_and_nothing_else(crate: Path) -> None:
    folder = mirrored(crate).folder
    (folder / "src/mine.txt").write_text("not of the mirror")
    (folder / "target").mkdir()
    (crate / "src/legs.iron").unlink()
    (crate / "data/words.txt").unlink()
    mirrored(crate)
    found = look(folder)
    assert "src/legs.rs" not in found
    assert "src/legs.iron" not in found
    assert not (folder / "data").exists()
    assert found["src/mine.txt"] == "not of the mirror"
    assert (folder / "target").is_dir()


def test_what_was_made_before_a_mistake_is_removed_too(crate: Path) -> None:
    lay(crate, {"src/bin/ghost.iron": MAIN})
    (crate / "src/zoo.iron").write_bytes(b"\xff")
    with pytest.raises(BadInputError, match=r"zoo\.iron: is not UTF-8"):
        mirrored(crate)
    assert (crate / "target/redox/src/bin/ghost.rs").is_file()
    (crate / "src/bin/ghost.iron").unlink()
    (crate / "src/zoo.iron").unlink()
    assert not (mirrored(crate).folder / "src/bin").exists()


def test_a_workspace_that_has_moved_names_its_new_place(crate: Path) -> None:
    far = '[dependencies]\nfar = { path = "../far" }\n'
    lay(crate, {"Cargo.toml": CRATE + far, "src/legs.iron": 'include!("../../far/x.rs");\n'})
    mirrored(crate)
    moved = crate.parent / "deep" / "moved"
    moved.parent.mkdir()
    crate.rename(moved)
    found = look(mirrored(moved).folder)
    assert str(moved.parent / "far") in found["Cargo.toml"]
    assert str(moved.parent / "far/x.rs") in found["src/legs.rs"]


def test_what_is_hidden_is_no_source(crate: Path) -> None:
    lay(crate, {"src/.#main.iron": "-> me@there.123", "src/._main.iron": ""})
    (crate / "src/._main.iron").write_bytes(b"\xff")
    found = look(mirrored(crate).folder)
    assert "src/main.rs" in found
    assert "src/._main.rs" not in found


def test_what_vanishes_is_passed_over(crate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay(crate, {"src/gone.txt": "", "gone/x.txt": ""})

    def scandir(folder: Path) -> list[os.DirEntry[str]]:
        with scan(folder) as entries:
            found = list(entries)
        for name in ("src/gone.txt", "gone/x.txt"):
            (crate / name).unlink(missing_ok=True)
        with suppress(FileNotFoundError):
            (crate / "gone").rmdir()
        return found

    scan = os.scandir
    monkeypatch.setattr(os, "scandir", scandir)
    found = {entry.parts for entry in walk(crate)}
    assert ("src", "main.iron") in found
    assert not {("src", "gone.txt"), ("gone", "x.txt")} & found


def test_a_file_and_a_folder_take_each_others_place(crate: Path) -> None:
    folder = mirrored(crate).folder
    (crate / "data/words.txt").unlink()
    (crate / "data").rmdir()
    (crate / "data").write_text("a file now")
    mirrored(crate)
    assert (folder / "data").is_symlink()
    (crate / "data").unlink()
    lay(crate, {"data/deep/words.txt": "folders again"})
    mirrored(crate)
    assert (folder / "data/deep/words.txt").read_text() == "folders again"


def test_a_module_may_be_called_target(crate: Path) -> None:
    lay(crate, {"src/target/mod.iron": LEGS, "target/debug/x.rs": "built"})
    found = look(mirrored(crate).folder)
    assert "src/target/mod.rs" in found
    assert "target/debug/x.rs" not in found


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_folder_that_can_not_be_written_is_refused(crate: Path) -> None:
    (mirrored(crate).folder / "src").chmod(0o500)
    lay(crate, {"src/more.iron": LEGS})
    with pytest.raises(BadInputError, match="can't be mirrored"):
        mirrored(crate)


def test_two_sources_of_one_name_are_refused(crate: Path) -> None:
    lay(crate, {"src/legs.rs": ""})
    with pytest.raises(BadInputError, match=r"src/legs\.iron and src/legs\.rs"):
        mirrored(crate)


def test_iron_with_mistakes_tells_them_each_time(crate: Path) -> None:
    lay(crate, {"src/legs.iron": "function walk begin\n"})
    for _ in range(2):
        (finding,) = mirrored(crate).findings
        assert finding.name == "src/legs.iron"
        assert finding.diagnostics[0].code == "unclosed-block"


def test_another_phrasebook_makes_all_anew(crate: Path, tmp_path: Path) -> None:
    import redox.phrasebook

    mirrored(crate)
    text = (Path(redox.phrasebook.__file__).parent / "phrasebook.toml").read_text("utf-8")
    other = tmp_path / "other.toml"
    other.write_text(text.replace('say = "modulo"', 'say = "leaving"\nkey = "modulo"'), "utf-8")
    lay(crate, {"src/legs.iron": "const A of type u8 be 5 leaving 3\n"})
    folder = mirror(crate, Wording(other)).folder
    assert (folder / "src/legs.rs").read_text() == "const A: u8 = 5 % 3;\n"


# ---- workspaces ----


def test_a_member_finds_the_root_of_its_workspace(tmp_path: Path) -> None:
    root = lay(
        tmp_path.resolve(),
        {
            "Cargo.toml": '[workspace]\nmembers = ["a"]\nexclude = ["b"]\n',
            "a/Cargo.toml": CRATE,
            "a/src/deep/x.iron": "",
            "b/Cargo.toml": CRATE,
        },
    )
    assert find_package(root / "a/src/deep") == root / "a"
    assert find_root(root / "a") == root
    assert find_root(root / "b") == root / "b"
    assert find_root(root) == root


def test_a_member_that_is_named_wins_over_what_is_excluded(tmp_path: Path) -> None:
    text = '[workspace]\nmembers = ["x/a", "x/*"]\nexclude = ["x"]\n'
    files = {"Cargo.toml": text, "x/a/Cargo.toml": CRATE, "x/b/Cargo.toml": CRATE}
    root = lay(tmp_path.resolve(), files)
    assert find_root(root / "x/a") == root
    assert find_root(root / "x/b") == root / "x/b"


def test_a_workspace_that_is_not_above_its_member_is_refused(tmp_path: Path) -> None:
    member = CRATE + 'workspace = "../root"\n'
    root = lay(tmp_path.resolve(), {"root/Cargo.toml": "[workspace]\n", "a/Cargo.toml": member})
    with pytest.raises(BadInputError, match="not above it"):
        find_root(root / "a")


def test_a_folder_without_a_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"no Cargo\.toml"):
        find_package(tmp_path)


MANIFEST = """\
[package] # é
name = "crab"
version = "0.1.0"
build = "../build.rs"

[dependencies]
inside = { path = "../inside" }
outside = { path = '../../outside', version = "1" }
named = "../../outside"

[[bin]]
name = "x"
path = "../../x.iron"

[target.'cfg(unix)'.dependencies.far]
path = "../../far"

[workspace]
members = ["../../member", "own"]
"""


def test_paths_that_lead_out_are_made_absolute_and_lines_stay(tmp_path: Path) -> None:
    redirect = redirect_from(tmp_path / "work", ("crab",))
    made = shadow_manifest(MANIFEST, redirect, is_root=False)
    said = tomllib.loads(made)
    assert said["dependencies"]["inside"]["path"] == "../inside"
    assert said["dependencies"]["outside"]["path"] == str(tmp_path / "outside")
    assert said["dependencies"]["named"] == "../../outside"
    assert said["bin"][0]["path"] == str(tmp_path / "x.iron")
    assert said["target"]["cfg(unix)"]["dependencies"]["far"]["path"] == str(tmp_path / "far")
    assert said["workspace"]["members"] == [str(tmp_path / "member"), "own"]
    assert said["package"]["build"] == "../build.rs"


def test_a_manifest_keeps_its_lines_where_that_can_be() -> None:
    text = '[dependencies]\n# one\na = { path = "../../a" } # two\n'
    made = shadow_manifest(text, redirect_from(Path("/x/y"), ()), is_root=True)
    assert made == '[dependencies]\n# one\na = { path = "/a" } # two\n\n[workspace]\n'


@pytest.mark.parametrize(
    ("rust", "wanted"),
    [
        ('#[path = "../out.rs"] mod a;', '#[path = "/out.rs"] mod a;'),
        ('#[path = "in.rs"] mod a;', '#[path = "in.rs"] mod a;'),
        ('include!("../../é.rs");', 'include!("/é.rs");'),
        ('include_str!(r#"../a"#)', 'include_str!("/a")'),
        ('let a = "../out.rs";', 'let a = "../out.rs";'),
        ('include_bytes!["sub/../../../a"]', 'include_bytes!["/a"]'),
    ],
)
def test_what_sources_name_outside_is_named_by_its_absolute_path(rust: str, wanted: str) -> None:
    edits = tuple(redirections(rust, redirect_from(Path("/work"), ())))
    assert apply_edits(rust, edits) == wanted


def test_places_behind_a_path_that_leads_out_are_found(crate: Path) -> None:
    lay(crate, {"src/legs.iron": '#[path = "../../far.rs"] mod far; let é = 1;\n'})
    source = mirrored(crate).source_of("src/legs.rs")
    assert source is not None
    at = source.mirrored.encode().index("é".encode())
    span = source.span(at, at + 2)
    assert source.text[span.start : span.end] == "é"
    assert str(crate.parent / "far.rs") in source.mirrored


# ---- hostile layouts ----


def listing(*places: object) -> str:
    """Return a list of what we wrote that says these places."""
    return json.dumps({"files": [[place, ["linked"]] for place in places]})


LIST = "target/redox/.redox.json"
HOSTILE: dict[str, dict[str, str]] = {
    "target is a link": {"target": "-> OUT"},
    "target is a file": {"target": ""},
    "target/redox is a link": {"target/redox": "-> OUT"},
    "target/redox is a file": {"target/redox": ""},
    "a folder of the mirror is a link": {"target/redox/src": "-> OUT"},
    "a file of the mirror is a link": {"target/redox/src/main.rs": "-> OUT/victim.rs"},
    "the list is a link": {LIST: "-> OUT/victim"},
    "the lock is a link": {"target/redox/.lock": "-> OUT/fresh"},
    "the ignore file is a link": {"target/redox/.gitignore": "-> OUT/victim"},
    "the list names what lies above": {
        LIST: listing(["..", "..", "..", "out", "victim"], ["..", "src", "x"])
    },
    "the list names an absolute path": {LIST: listing(["OUT/victim"], ["/"], ["OUT", "victim"])},
    "the list names parts with separators": {
        LIST: listing(["../../../out/victim"], ["src/../../../../out/victim"])
    },
    "the list leads through a link": {
        "target/redox/far": "-> OUT",
        LIST: listing(["far", "victim"]),
    },
    "the list is no list": {LIST: '{"files": [[1], 2, null, [["a"], {}]]}'},
    "sources are a link": {"src/linked": "-> OUT"},
    "a source of Iron is a link": {"src/l.iron": "-> OUT/victim.rs"},
    "a source of Rust is a link": {"src/l.rs": "-> OUT/victim.rs"},
    "a link in a circle": {"src/round": "-> ."},
    "a module that leads out": {"src/legs.iron": '#[path = "../../out/victim.rs"]\nmod v;\n'},
    "a file included from outside": {"src/legs.iron": 'include!("../../out/victim.rs");\n'},
    "a binary and members that lead out": {
        "Cargo.toml": f'{CRATE}[[bin]]\nname = "v"\npath = "../out/victim.rs"\n'
        '[workspace]\nmembers = ["../out", "/"]\n'
    },
    "odd names": dict.fromkeys(
        (
            *("src/..iron", "src/... .iron", "src/-rf.iron", "src/a\nb.iron", ".iron"),
            *(
                "src/$(touch x).iron",
                "src/.iron",
                "src/con.iron",
                "src/\N{RIGHT-TO-LEFT OVERRIDE}.rs",
            ),
        ),
        "",
    ),
    "a name that is no text": {os.fsdecode(b"src/\xff\xfe.iron"): ""},
    "a manifest that is a link": {"sub/Cargo.toml": "-> OUT/victim"},
    "a folder where a file goes": {"target/redox/src/main.rs/deep.txt": "x"},
}


@pytest.mark.parametrize("files", HOSTILE.values(), ids=HOSTILE)
def test_hostile_layouts_have_nothing_written_or_removed_elsewhere(
    files: dict[str, str], crate: Path
) -> None:
    outside = lay(crate.parent / "out", {"victim": "alive", "victim.rs": "fn f() {}\n"})
    lay(crate, {name: text.replace("OUT", str(outside)) for name, text in files.items()})

    def elsewhere() -> dict[str, str]:
        found = look(crate.parent)
        return {name: text for name, text in found.items() if "/redox/" not in name}

    before = elsewhere()
    for _ in range(2):
        refusal = refusal_of(crate)
        assert "\n" not in refusal
    assert elsewhere() == before


def refusal_of(crate: Path) -> str:
    """Mirror a crate; return why that is refused, if it is."""
    try:
        mirrored(crate)
    except BadInputError as error:
        return str(error)
    return ""


# ---- cargo on the mirror ----


def test_cargo_takes_the_mirror_and_builds_nothing_twice(crate: Path) -> None:
    folder = mirrored(crate).folder
    said = []
    for _ in range(2):
        mirrored(crate)
        done = subprocess.run(
            ["cargo", "check", "--offline"], cwd=folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        said.append(done.stderr)
    assert "Checking crab" in said[0]
    assert "Checking crab" not in said[1]
