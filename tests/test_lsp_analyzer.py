"""What a real rust-analyzer says through the bridge: each method, asserted on what it finds.

`$0` is the cursor. Emoji are two units wide in UTF-16 and CRLF is two characters, so that a place
counted the wrong way lands elsewhere.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from analyzer import CAPABILITIES, SETTINGS, Crate, apply, needs_analyzer
from lsp_client import Client, place

pytestmark = needs_analyzer

MAIN = "src/main.iron"
LEGS = """\
/// How a crab gets about: 🦀.
public structure Crab with fields
    public legs of type usize
end structure

public trait Walk begin
    function walk takes reference to self and times of type usize returns usize
end trait

implement Walk for Crab begin
    function walk takes reference to self and times of type usize returns usize begin
        self dot legs times times
    end function
end implement
"""
PLAIN = """\
//! Rust beside Iron: 🦀.
pub fn add(left: usize, right: usize) -> usize {
    /* 🦀🦀 */ left + right
}
pub const LIMIT: usize = 9;
"""
HEAD = "module legs\nmodule plain\nimport legs its everything\n"
FUNCTION = HEAD + "function main begin\n{}end function\n"
CRAB = "    let crab be Crab with fields legs set to 8 end fields\n"


def body(text: str) -> str:
    """Return a program whose function `main` does what is given."""
    return FUNCTION.format(text)


@pytest.fixture(scope="module")
def crate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crate]:
    with Client() as client:
        client.configuration = SETTINGS
        client.start(CAPABILITIES)
        files = {MAIN: body(CRAB), "src/legs.iron": LEGS, "src/plain.rs": PLAIN}
        crate = Crate(client, tmp_path_factory.mktemp("work") / "crab", files)
        crate.write(MAIN, files[MAIN])
        crate.wait_ready()
        yield crate
        assert client.stop() == 0
        refused = ("The text has changed since.", "Cannot rename a non-local definition")
        assert [line for line in client.log if not line.endswith(refused)] == []


HOVERS = {
    "a type that is not written": ("    let cr$0abs be vec macro of 1 and 2\n", "Vec<i32>"),
    "behind emoji": ('    println macro with "🦀🦀" and crab dot le$0gs\n', "legs: usize"),
    "a method": ("    let n be crab calling wa$0lk with 2\n", "fn walk(&self, times: usize)"),
    "documentation": ("    let n be Cr$0ab with fields legs set to 1 end fields\n", "about: 🦀"),
    "of std": ("    let n be String its fr$0om with one\n", "fn from(s: &str) -> String"),
}


@pytest.mark.parametrize(("line", "said"), HOVERS.values(), ids=HOVERS)
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_hover_tells_types_and_documentation(crate: Crate, line: str, said: str, end: str) -> None:
    if "one" in line:
        line = line.replace("one", '"one"')
    text = body(CRAB + line).replace("\n", end)
    hover = crate.ask("textDocument/hover", MAIN, text)
    assert said in hover["contents"]["value"]
    assert "target/redox" not in hover["contents"]["value"]


def test_redox_explains_a_phrase_above_what_rust_analyzer_says(crate: Crate) -> None:
    text = body(CRAB + "    let n be crab dot legs pl$0us 1\n")
    above, _, below = crate.ask("textDocument/hover", MAIN, text)["contents"]["value"].partition(
        "\n---\n"
    )
    assert "plus" in above
    assert "fn add" in below


DEFINITIONS = {
    "a field in another file of Iron": (
        CRAB + "    let n be crab dot le$0gs\n",
        "src/legs.iron: legs",
    ),
    "a function in a file of Rust": ("    plain its a$0dd with 1 and 2\n", "src/plain.rs: add"),
    "behind emoji": (
        '    println macro with "🦀 {}" and plain its LI$0MIT\n',
        "src/plain.rs: LIMIT",
    ),
    "a method of a trait": (
        CRAB + "    crab calling wal$0k with 2\n",
        "src/legs.iron: walk",
    ),
    "std": ("    let n be Ve$0c for type u8 its new with nothing\n", "mod.rs: Vec"),
    "a module": ("    leg$0s its Crab\n", "src/legs.iron: /// How"),
}


@pytest.mark.parametrize(("text", "found"), DEFINITIONS.values(), ids=DEFINITIONS)
def test_definition_leads_to_where_a_name_is_written(crate: Crate, text: str, found: str) -> None:
    (link,) = crate.ask("textDocument/definition", MAIN, body(text))
    assert crate.words(link["targetUri"], link["targetSelectionRange"]).startswith(found)
    assert "target/redox" not in link["targetUri"]


def test_a_definition_in_std_lies_in_the_sources_themselves(crate: Crate) -> None:
    text = body("    let n be Optio$0n for type u8 its None\n")
    (link,) = crate.ask("textDocument/definition", MAIN, text)
    assert link["targetUri"].endswith("library/core/src/option.rs")
    assert SETTINGS["rustAnalyzer"]["sysrootSource"] in link["targetUri"]


@pytest.mark.parametrize(
    ("method", "text", "found"),
    [
        ("typeDefinition", "    let n be cr$0ab\n", ["legs.iron: Crab"]),
        ("implementation", "    let n of type Box of dynamic Wal$0k be one\n", ["legs.iron: Crab"]),
        ("declaration", "    crab calling wal$0k with 2\n", ["legs.iron: walk"]),
    ],
)
def test_types_implementations_and_declarations_are_found(
    crate: Crate, method: str, text: str, found: list[str]
) -> None:
    links = crate.ask(f"textDocument/{method}", MAIN, body(CRAB + text))
    assert [crate.words(one["targetUri"], one["targetSelectionRange"]) for one in links] == [
        f"src/{one}" for one in found
    ]


def test_references_are_found_in_files_that_nobody_has_open(crate: Crate) -> None:
    text = body(CRAB + '    println macro with "🦀" and crab dot le$0gs\n')
    others = {"context": {"includeDeclaration": True}}
    found = crate.ask("textDocument/references", MAIN, text, **others)
    words = sorted(crate.words(one["uri"], one["range"]) for one in found)
    assert words == [f"src/{name}.iron: legs" for name in ("legs", "legs", "main", "main")]


def test_a_name_is_highlighted_where_it_is_read_and_written(crate: Crate) -> None:
    text = body("    let mutable n be 1\n    n$0 set to n plus 1\n")
    found = crate.ask("textDocument/documentHighlight", MAIN, text)
    places = sorted((one["range"]["start"]["line"], one.get("kind")) for one in found)
    assert places == [(4, 3), (5, 2), (5, 2)]


def test_a_signature_tells_the_parameter_at_hand(crate: Crate) -> None:
    text = body("    plain its add with 1 and $02\n")
    help_ = crate.ask("textDocument/signatureHelp", MAIN, text)
    assert help_["signatures"][0]["label"] == "fn add(left: usize, right: usize) -> usize"
    assert help_["activeParameter"] == 1


# ---- completion ----


def offered(crate: Crate, text: str) -> dict[str, Any]:
    """Return what is offered at the cursor, by label."""
    found = crate.ask("textDocument/completion", MAIN, text)
    return {one["label"]: one for one in found["items"]}


def taken(crate: Crate, item: dict[str, Any]) -> str:
    """Return the text once a completion is taken."""
    edit = item["textEdit"]
    edits = [{"range": edit.get("replace") or edit["range"], "newText": edit["newText"]}]
    return apply(crate.texts[MAIN], [*edits, *item.get("additionalTextEdits", [])])


COMPLETIONS = {
    "a method, of which nothing is written": ("crab calling $0", "walk", "crab calling walk"),
    "a method that is begun": ("crab calling wa$0", "walk", "crab calling walk"),
    "a method, where a field was begun": ("crab dot wa$0", "walk", "crab calling walk"),
    "a field": ("crab dot $0", "legs", "crab dot legs"),
    "a field, amid a line": (
        "let n be crab dot l$0 plus 1",
        "legs",
        "let n be crab dot legs plus 1",
    ),
    "behind emoji": ('println macro with "🦀" and crab dot $0', "legs", "crab dot legs"),
    "a path": ("plain its $0", "add", "plain its add"),
    "a macro": ("debug_as$0", "debug_assert!", "debug_assert macro with "),
    "a name that is a word of Iron": (
        "let literally done be 1\n    don$0",
        "done",
        "literally done",
    ),
}


@pytest.mark.parametrize(("line", "label", "after"), COMPLETIONS.values(), ids=COMPLETIONS)
def test_completion_offers_what_types_allow(
    crate: Crate, line: str, label: str, after: str
) -> None:
    items = offered(crate, body(f"{CRAB}    {line}\n"))
    item = items.get(label) or next(one for key, one in items.items() if key.startswith(label))
    assert after in taken(crate, item)


def test_words_of_rust_are_not_offered_in_iron_but_phrases_are(crate: Crate) -> None:
    items = offered(crate, body("    $0\n"))
    assert "end function" in items
    assert {"fn", "impl"}.isdisjoint(items)


def test_the_text_is_shown_as_it_is_after_a_completion_that_pretended(crate: Crate) -> None:
    offered(crate, body(CRAB + "    crab dot $0\n"))
    text = body(CRAB + "    let n be crab dot le$0gs\n")
    assert "usize" in crate.ask("textDocument/hover", MAIN, text)["contents"]["value"]


def test_an_import_is_written_as_iron(crate: Crate) -> None:
    item = offered(crate, body("    let all be HashM$0\n"))["HashMap"]
    item = crate.client.request("completionItem/resolve", item)
    assert "hash map" in item["documentation"]["value"]
    assert taken(crate, item).startswith(
        "module legs\nmodule plain\nimport std its collections its HashMap\n"
    )


# ---- edits ----


def import_action(crate: Crate) -> dict[str, Any]:
    """Have a file name a map that it does not import; return the action that imports it."""
    marked = body("    let all be Hash$0Map for type u8 and u8 its new with nothing\n")
    asked = crate.place(MAIN, marked)
    asked["range"] = {"start": asked["position"], "end": asked.pop("position")}
    found = crate.client.request(
        "textDocument/codeAction", asked | {"context": {"diagnostics": []}}
    )
    return next(one for one in found if one["title"] == "Import `std::collections::HashMap`")


def test_a_code_action_imports_in_iron(crate: Crate) -> None:
    action = crate.client.request("codeAction/resolve", import_action(crate))
    assert "import std its collections its HashMap\n" in crate.applied(action["edit"])[MAIN]


def test_a_code_action_of_a_text_that_has_changed_is_refused(crate: Crate) -> None:
    action = import_action(crate)
    crate.write(MAIN, body(""))
    answer = crate.client.answer(crate.client.ask("codeAction/resolve", action))
    assert answer["error"]["code"] == -32801


RENAMES = {
    "across Iron and Rust": (
        "    plain its a$0dd with 1 and 2\n",
        "sum",
        {MAIN: "plain its sum with 1 and 2", "src/plain.rs": "pub fn sum(left"},
    ),
    "behind emoji": (
        CRAB + '    println macro with "🦀 {}" and crab dot le$0gs\n',
        "feet",
        {MAIN: '"🦀 {}" and crab dot feet', "src/legs.iron": "self dot feet times times"},
    ),
    "to a word of Iron": (
        "    let to$0tal be 1\n    plain its add with total and 1\n",
        "done",
        {MAIN: "let literally done be 1\n    plain its add with literally done and 1"},
    ),
    "from a word of Iron": (
        "    let literally done be 1\n    plain its add with literally do$0ne and 1\n",
        "total",
        {MAIN: "let total be 1\n    plain its add with total and 1"},
    ),
    "a shorthand": (
        "    let legs be 1\n    let crab be Crab with fields le$0gs end fields\n",
        "feet",
        {MAIN: "let feet be 1\n    let crab be Crab with fields legs set to feet\n"},
    ),
}


@pytest.mark.parametrize(("text", "name", "after"), RENAMES.values(), ids=RENAMES)
def test_rename_changes_all_files_alike(
    crate: Crate, text: str, name: str, after: dict[str, str]
) -> None:
    edit = crate.ask("textDocument/rename", MAIN, body(text), newName=name)
    texts = crate.applied(edit)
    assert {one: words in texts[one] for one, words in after.items()} == dict.fromkeys(after, True)


def test_what_can_be_renamed_is_told_without_its_escape(crate: Crate) -> None:
    text = body("    let literally done be 1\n    plain its add with literally do$0ne and 1\n")
    found = crate.ask("textDocument/prepareRename", MAIN, text)
    assert found["placeholder"] == "done"
    assert crate.words(crate.uri(MAIN), found["range"]).endswith("done")


def test_a_rename_into_std_is_refused_and_says_so(crate: Crate) -> None:
    asked = crate.place(MAIN, body("    let n be Ve$0c for type u8 its new with nothing\n"))
    identity = crate.client.ask("textDocument/rename", asked | {"newName": "List"})
    assert "error" in crate.client.answer(identity)


# ---- what is shown in a text ----


def test_inlay_hints_tell_types_and_parameters(crate: Crate) -> None:
    crate.write(MAIN, body('    let m be "🦀"\n    let n be plain its add with 1 and 2\n'))
    whole = {"start": place(0, 0), "end": place(9, 0)}
    asked = {"textDocument": {"uri": crate.uri(MAIN)}, "range": whole}
    hints = crate.client.request("textDocument/inlayHint", asked)
    shown = {(one["position"]["line"], one["position"]["character"]): label(one) for one in hints}
    assert shown == {(4, 9): ": &str", (5, 9): ": usize", (5, 32): "left:", (5, 38): "right:"}
    typed = next(one for one in hints if label(one) == ": usize")
    edits = crate.client.request("inlayHint/resolve", typed)["textEdits"]
    assert "let n of type usize be plain" in apply(crate.texts[MAIN], edits)


def test_a_rename_across_iron_and_rust_leaves_a_crate_that_builds(crate: Crate) -> None:
    text = body(
        CRAB + '    println macro with "🦀 {}" and plain its a$0dd with 1 and crab dot legs\n'
    )
    texts = crate.applied(crate.ask("textDocument/rename", MAIN, text, newName="sum"))
    assert set(texts) == {MAIN, "src/plain.rs"}
    for name, written in {**crate.texts, **texts}.items():
        (crate.root / name).write_bytes(written.encode())
    words = [sys.executable, "-m", "redox", "cargo", "check", "--offline"]
    done = subprocess.run(words, cwd=crate.root, capture_output=True, text=True, check=False)
    assert (done.returncode, "sum" in texts["src/plain.rs"]) == (0, True), done.stderr
    for name, written in crate.texts.items():
        (crate.root / name).write_bytes(written.encode())


def label(hint: dict[str, Any]) -> str:
    """Return the whole label of a hint."""
    said = hint["label"]
    return said if isinstance(said, str) else "".join(part["value"] for part in said)


def test_semantic_tokens_know_what_names_are(crate: Crate) -> None:
    legend = crate.client.start_capabilities["semanticTokensProvider"]["legend"]
    crate.write(MAIN, body(CRAB + '    println macro with "🦀" and plain its LIMIT\n'))
    asked = {"textDocument": {"uri": crate.uri(MAIN)}}
    data = crate.client.request("textDocument/semanticTokens/full", asked)["data"]
    kinds: dict[str, str] = {}
    lines = crate.texts[MAIN].split("\n")
    line = column = 0
    for at in range(0, len(data), 5):
        down, right, length, kind, bits = data[at : at + 5]
        line, column = line + down, right if down else column + right
        units = lines[line].encode("utf-16-le")[2 * column : 2 * (column + length)]
        said = [name for n, name in enumerate(legend["tokenModifiers"]) if bits & 1 << n]
        kinds[units.decode("utf-16-le")] = " ".join([legend["tokenTypes"][kind], *said])
    assert kinds["Crab"] == "struct"
    assert kinds["LIMIT"] == "variable readonly"
    assert kinds["legs"] == "property"
    assert kinds["let"] == "keyword"


def test_the_symbols_of_a_document_are_told_in_iron(crate: Crate) -> None:
    crate.write("src/legs.iron", LEGS)
    asked = {"textDocument": {"uri": crate.uri("src/legs.iron")}}
    found = crate.client.request("textDocument/documentSymbol", asked)
    assert [one["name"] for one in found][:2] == ["Crab", "Walk"]


def test_symbols_of_the_workspace_are_those_of_iron_and_of_rust(crate: Crate) -> None:
    for query, name in (("LIMIT", "src/plain.rs: LIMIT"), ("Crab", "src/legs.iron: Crab")):
        found = crate.client.request("workspace/symbol", {"query": query})
        places = [one["location"] for one in found if one["name"] == query]
        assert name in [crate.words(one["uri"], one["range"]) for one in places]
        assert len(places) == len({(one["uri"], str(one["range"]["start"])) for one in places})


def test_calls_are_followed_in_and_out(crate: Crate) -> None:
    text = body(CRAB + '    let s be "🦀"\n    let n be crab calling wal$0k with plain its LIMIT\n')
    (item,) = crate.ask("textDocument/prepareCallHierarchy", MAIN, text)
    assert crate.words(item["uri"], item["selectionRange"]) == "src/legs.iron: walk"
    (call,) = crate.client.request("callHierarchy/incomingCalls", {"item": item})
    assert call["from"]["name"] == "main"
    assert [crate.words(call["from"]["uri"], one) for one in call["fromRanges"]] == [
        f"{MAIN}: walk"
    ]
    outgoing = crate.client.request("callHierarchy/outgoingCalls", {"item": call["from"]})
    assert [one["to"]["name"] for one in outgoing] == ["walk"]
    assert [crate.words(crate.uri(MAIN), one) for one in outgoing[0]["fromRanges"]] == [
        f"{MAIN}: walk"
    ]


def test_lenses_run_what_rust_analyzer_serves_through_redox(crate: Crate) -> None:
    crate.write(MAIN, body(""))
    asked = {"textDocument": {"uri": crate.uri(MAIN)}}
    (lens,) = crate.client.request("textDocument/codeLens", asked)
    assert lens["command"]["arguments"][0]["command"][-2:] == ["cargo", "run"]


def test_a_macro_is_expanded_into_iron(crate: Crate) -> None:
    asked = crate.place(MAIN, body("    let all be ve$0c macro of 1 and 2\n"))
    command = {"command": "redox.expandMacro", "arguments": [crate.uri(MAIN), asked["position"]]}
    found = crate.client.request("workspace/executeCommand", command)
    assert found["languageId"] == "iron"
    assert "its" in found["text"]
    assert "::" not in found["text"]


def test_what_is_wrong_is_told_as_one_types_and_once(crate: Crate) -> None:
    text = body(
        '    let s be "🦀"\n    let n of type usize be s\n    plain its nothing_there with s\n'
    )
    crate.write(MAIN, text)
    asked = {"textDocument": {"uri": crate.uri(MAIN)}}

    def told() -> list[tuple[str, str, str]]:
        items = crate.client.request("textDocument/diagnostic", asked)["items"]
        return [
            (one["source"], one["code"], crate.words(crate.uri(MAIN), one["range"]))
            for one in items
            if one["severity"] == 1
        ]

    wait(told)
    assert told() == [("rust-analyzer", "E0308", f"{MAIN}: s")]
    crate.root.joinpath(MAIN).write_text(text, "utf-8")
    crate.client.notify("textDocument/didSave", asked)
    wait(lambda: any(source == "rustc" for source, _, _ in told()))
    assert sorted(told()) == [
        ("rustc", "E0308", f"{MAIN}: s"),
        ("rustc", "E0425", f"{MAIN}: nothing_there"),
    ]


def wait(wanted: Callable[[], object]) -> None:
    """Wait until something is so."""
    limit = time.monotonic() + 60
    while not wanted():
        assert time.monotonic() < limit
        time.sleep(0.1)


# ---- Rust beside Iron ----


def test_the_client_is_asked_for_the_files_of_rust_beside_iron(crate: Crate) -> None:
    asked = crate.client.wait_for(
        lambda one: (
            one.get("method") == "client/registerCapability"
            and any("documentSelector" in (r.get("registerOptions") or {}) for r in registered(one))
        )
    )
    options = {one["method"]: one["registerOptions"] for one in registered(asked)}
    assert {"textDocument/didOpen", "textDocument/hover", "textDocument/rename"} <= set(options)
    selectors = [one["documentSelector"] for one in options.values()]
    assert all(one == selectors[0] for one in selectors)
    assert selectors[0][0]["pattern"] == f"{crate.root}/**"
    told = crate.client.wait_note("redox/servesRust")
    assert told["uri"] == crate.root.as_uri()


def registered(message: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what a message registers."""
    found: list[dict[str, Any]] = message["params"]["registrations"]
    return found


def test_a_file_of_rust_beside_iron_is_served_as_rust(crate: Crate) -> None:
    plain = "src/plain.rs"
    text = PLAIN + "pub fn legs_of(crab: &crate::legs::Crab) -> usize {\n    crab.le$0gs\n}\n"
    crate.write(MAIN, body(""))
    crate.write(plain, PLAIN)
    wait(lambda: crate.status()["documents"] == len(crate.versions))
    hover = crate.ask("textDocument/hover", plain, text)
    assert "legs: usize" in hover["contents"]["value"]
    link = crate.ask("textDocument/definition", plain, text)[0]
    assert crate.words(link["targetUri"], link["targetSelectionRange"]) == "src/legs.iron: legs"
    edit = crate.ask("textDocument/rename", plain, text, newName="feet")
    assert "self dot feet times times" in crate.applied(edit)["src/legs.iron"]
    assert "crab.feet" in crate.applied(edit)[plain]
    items = crate.ask("textDocument/completion", plain, text.replace("le$0gs", "$0"))["items"]
    assert "legs" in [one["label"] for one in items]
    asked = {"textDocument": {"uri": crate.uri(plain)}}
    symbols = crate.client.request("textDocument/documentSymbol", asked)
    assert [one["name"] for one in symbols] == ["add", "LIMIT", "legs_of"]
    assert crate.client.request("textDocument/semanticTokens/full", asked)["data"]
