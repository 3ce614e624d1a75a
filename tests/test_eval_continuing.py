"""A model goes on with what has begun: words completed, slots filled, nothing read twice."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from tiny_model import make_tiny_model
from transformers import AutoTokenizer

from redox_eval.checkpoints import Checkpoint, load_checkpoint
from redox_eval.continuing import Beginning, Gap, Reader, continued, question_of
from redox_eval.prompts import Messages

END = "<end>"


class Scripted:
    """Says what it was told to say, as far as it may; each word and sign is a token."""

    name = "scripted"
    is_taught = True
    reads_turns = True
    gap: Gap | None = None

    def __init__(self, *said: str, has_slots: bool = False, longest: int = 0) -> None:
        self.said = said
        self.has_slots = has_slots
        self.longest = longest
        self.texts = [
            END,
            " ",
            "<p0>",
            "<n0>",
            " value",
            " values",
            " plus",
            "us",
            "�",
            "\n",
            *said,
        ]
        self.ends = frozenset((0,))
        self.asked = ""
        self.count = 0
        self.read: list[int] = []

    def text_of(self, messages: Messages) -> str:
        return messages[-1]["content"]

    def encode(self, text: str) -> list[int]:
        self.asked = text
        return list(range(100, 100 + len(text.split())))

    def pick(
        self, new: Sequence[int], memory: Any, allowed: Sequence[int] | None
    ) -> tuple[int, float, Any]:
        self.read.append(len(new))
        wanted = self.texts.index(self.said[self.count]) if self.count < len(self.said) else 0
        self.count += 1
        if allowed is not None and wanted not in allowed:
            return max(allowed, key=lambda one: len(self.texts[one])), 0.25, "memory"
        return wanted, 0.5, "memory"

    def cut(self, memory: Any, length: int) -> Any:
        return memory


def said(model: Scripted, begun: str, signature: str = "fn f(x: u8) -> u8", most: int = 9) -> str:
    beginning = Beginning("Adds 3 to it.", signature, begun)
    return "".join(piece.text for piece in continued(Reader(model), beginning, most))


@pytest.mark.parametrize(
    ("begun", "tokens", "expected"),
    [
        ("give\n", (" value", " plus"), " value plus"),
        ("give x ", (" value",), "value"),
        ("give x val", (" value", " plus"), "ue plus"),
        ("give x values", (" values", "us"), "us"),
        ("give x v", (" plus", "us"), "aluesus"),  # what does not complete the word can't come
        ("give x unheard", (" plus",), ""),  # a space alone could begin it, but nothing goes on
        ("give\n", (" value", "�", " plus"), " value"),
        ("give\n", (" value", END, " plus"), " value"),
        ("", ("us", " plus"), "us plus"),
    ],
)
def test_goes_on_amid_a_word(begun: str, tokens: tuple[str, ...], expected: str) -> None:
    assert said(Scripted(*tokens), begun) == expected


def test_slots_are_taken_out_of_what_is_there_and_put_back_into_what_is_said() -> None:
    model = Scripted(" ", "<p0>", " plus", " ", "<n0>", has_slots=True)
    found = said(model, "function f takes amount of type u8 begin\n    give ", "fn f(amount: u8)")
    assert found == "amount plus 3"
    assert "takes <p0> of type" in model.asked
    assert "Adds <n0> to it." in model.asked


def test_a_name_that_is_begun_is_completed_by_its_slot() -> None:
    model = Scripted(" ", "<p0>", " plus", has_slots=True)
    assert said(model, "    give amo", "fn f(amount: u8)") == "unt plus"


def test_a_slot_that_stands_for_nothing_is_not_said() -> None:
    model = Scripted(" ", "<p0>", " plus", has_slots=True)
    assert "<p0>" not in said(model, "    give ", "fn f()")


def test_no_more_is_said_than_was_asked_for_and_nothing_where_it_would_not_fit() -> None:
    assert said(Scripted(*["us"] * 9), "give\n", most=3) == "ususus"
    assert said(Scripted("us", longest=10), "give x", most=3) == ""


def test_what_was_read_is_not_read_again() -> None:
    model = Scripted("us", " plus")
    reader = Reader(model)
    beginning = Beginning("", "fn f()", "give x\n")
    for _ in range(2):
        list(continued(reader, beginning, 2))
    first, *rest = model.read
    assert first > 5
    assert rest == [1, 1]  # the token that it said, and the last one of the same question


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    folder = make_tiny_model(tmp_path_factory.mktemp("model"))
    return load_checkpoint(Path(folder), 0.0, 8)


def test_a_checkpoint_says_the_same_whether_it_has_read_before_or_not(
    checkpoint: Checkpoint,
) -> None:
    used = Reader(checkpoint)
    for begun in ("function f begin\n    give x", "function f begin\n    give y", "function"):
        beginning = Beginning("Adds 3.", "fn f(x: u8)", begun)
        found = list(continued(used, beginning, 6))
        anew = list(continued(Reader(checkpoint), beginning, 6))
        assert [piece.text for piece in found] == [piece.text for piece in anew]
        for piece, other in zip(found, anew, strict=True):
            assert piece.probability == pytest.approx(other.probability, rel=1e-3)


GAP = Gap("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>")


def test_what_fills_gaps_is_given_what_stands_around_before_and_behind() -> None:
    model = Scripted(" plus")
    model.gap = GAP
    beginning = Beginning("Adds 3.", "fn f(x: u8)", "f begin\n    x ", "use a", "end function")
    assert "".join(piece.text for piece in continued(Reader(model), beginning, 3)) == "plus"
    expected = "<|fim_prefix|>use a\n/// Adds 3.\nf begin\n    x<|fim_suffix|>\nend function"
    assert model.asked == f"{expected}<|fim_middle|>"


@pytest.mark.parametrize("gap", [GAP, None])
def test_where_nothing_stands_behind_the_question_is_asked(gap: Gap | None) -> None:
    model = Scripted(" plus")
    model.gap = gap
    assert said(model, "f begin\n") == " plus"
    assert "Adds 3 to it." in model.asked
    assert "<|fim" not in model.asked


def test_a_model_that_was_not_taught_is_shown_iron_and_what_stands_around() -> None:
    beginning = Beginning("Adds 3.", "fn f(x: u8)", "", "structure A with fields")
    system, question = question_of(beginning, is_taught=False)
    assert "public function largest" in system["content"]
    assert question["content"].startswith("This is around it:\n```\nstructure A with fields\n```\n")
    plain = question_of(beginning, is_taught=True)
    assert not any("largest" in one["content"] or "around" in one["content"] for one in plain)


def test_a_model_is_told_what_was_wrong_with_its_tries() -> None:
    tries = (("function f begin\n    x\n", "- line 2: no x"),)
    *_, reply, complaint = question_of(Beginning("", "fn f()", "", tries=tries), is_taught=True)
    assert reply == {"role": "assistant", "content": "```\nfunction f begin\n    x\n```"}
    assert complaint["role"] == "user"
    assert "- line 2: no x" in complaint["content"]


def test_who_wants_no_more_is_asked_after_each_token() -> None:
    heard: list[str] = []

    def hears(text: str) -> bool:
        heard.append(text)
        return len(heard) < 2

    reader = Reader(Scripted(*["us"] * 9))
    found = reader.write(Beginning("", "fn f()", "give\n"), 9, "never", hears)
    assert heard == ["us", "usus"]
    assert found.tokens == 2


def test_a_checkpoint_fills_gaps_if_its_tokenizer_knows_how_to_say_them(tmp_path: Path) -> None:
    folder = make_tiny_model(tmp_path)
    assert load_checkpoint(folder, 0.0, 8).gap is None
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.add_special_tokens({"additional_special_tokens": list(GAP)})
    tokenizer.save_pretrained(folder)
    model = load_checkpoint(folder, 0.0, 8)
    assert model.gap == GAP
    first, *_, last = model.encode("<|fim_prefix|>a<|fim_suffix|>b<|fim_middle|>")
    assert (model.texts[first], model.texts[last]) == (GAP.before, GAP.filled)
    (folder / "redox.json").write_text("{}\n")
    assert load_checkpoint(folder, 0.0, 8).gap == GAP  # an empty file tells of no training
    (folder / "redox.json").write_text('{"slots": false}\n')
    taught = load_checkpoint(folder, 0.0, 8)
    assert taught.is_taught
    assert taught.gap is None
