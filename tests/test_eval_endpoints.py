"""A model on a server goes on with an answer that has begun, however the server takes it."""

from __future__ import annotations

import math
import threading

import pytest
from model_server import Pieces, model_server

from redox.files import BadInputError
from redox_eval.continuing import Beginning
from redox_eval.endpoints import Endpoint, asked, going_on, parted
from redox_eval.servers import check_private

BEGUN = "function add takes x of type u32 returns u32 begin\n    let y be x pl"
ASKED = Beginning("Adds 3 to `x`.", "fn add(x: u32) -> u32", BEGUN, "structure A with fields")
UNSAID = None
MANY = 100_000


@pytest.mark.parametrize(
    ("begun", "known", "half"),
    [
        ("let x be", "let x", " be"),
        ("let x be ", "let x be", " "),
        ("f begin\n    ", "f begin", "\n    "),
        ("f begin\n    let", "f begin", "\n    let"),
        ("x)", "x)", ""),
        ("", "", ""),
    ],
)
def test_a_word_that_may_go_on_is_left_to_the_model(begun: str, known: str, half: str) -> None:
    assert parted(begun) == (known, half)


@pytest.mark.parametrize(
    ("said", "is_whole", "expected"),
    [
        (" plus 3", False, "us 3"),
        ("plus 3", False, "us 3"),
        (" p", False, ""),
        (" p", True, None),
        (" minus 3", False, None),
        ("``", False, ""),
        ("```iron", False, ""),
        ("```iron\nfunction add takes x", False, ""),
        (f"```iron\n{BEGUN}us 3", False, "us 3"),
        (f"```\n{BEGUN.replace('pl', 'mi')}", False, None),
        ("```\nfunction other", False, None),
        (BEGUN, False, ""),
        (f"{BEGUN}us 3", False, "us 3"),
        ("function add takes", False, ""),
        ("", True, None),
    ],
)
def test_a_reply_goes_on_or_begins_again(said: str, is_whole: bool, expected: str | None) -> None:
    assert going_on(said, *parted(BEGUN), is_whole=is_whole) == expected


def test_white_space_that_stands_already_is_not_said_twice() -> None:
    assert going_on("\n    let y be 1", *parted("f begin\n    ")) == "let y be 1"
    assert going_on(" 3", *parted("x plus ")) == "3"
    assert going_on("4", *parted("x plus ")) == "4"
    assert going_on(" plus 3", *parted("(x)")) == " plus 3"
    assert going_on("    x\nend", *parted("function f begin\n")) == "    x\nend"
    assert going_on("\n    x\nend function", *parted("function f begin\n")) == "    x\nend function"


def test_what_is_asked_holds_the_language_what_stands_around_and_the_beginning() -> None:
    system, question, answer = asked(ASKED, parted(BEGUN)[0])
    assert "public function largest" in system["content"]
    assert "structure A with fields" in question["content"]
    assert "Adds 3 to `x`." in question["content"]
    assert "function add takes x of type u32 returns u32" in question["content"]
    assert answer == {"role": "assistant", "content": f"```\n{parted(BEGUN)[0]}"}


@pytest.mark.parametrize(
    "pieces",
    [
        [(" pl", -0.1), ("us", -0.2), (" 3", -0.3), ("\n", -0.1), ("never", -9.0)],
        [("```", -9.0), ("iron\n", -9.0), (BEGUN, -9.0), ("us 3", -0.6), ("\nx", -0.1)],
    ],
)
def test_the_rest_of_a_line_is_read_as_it_comes(pieces: Pieces) -> None:
    with model_server(lambda _: pieces) as heard:
        said = Endpoint(heard.address, "m").write(ASKED, 60, "\n")
    assert said.text == "us 3"
    assert said.confidence == pytest.approx(math.exp(-0.6), rel=0.11)
    assert heard.bodies[0]["model"] == "m"
    assert heard.bodies[0]["stream"] is True


def test_a_server_that_has_said_enough_is_hung_up_on() -> None:
    endless = [(" plus 3\n", UNSAID), *((" more", UNSAID) for _ in range(MANY))]
    with model_server(lambda _: endless) as heard:
        said = Endpoint(heard.address, "m").write(ASKED, 60, "\n")
        assert heard.left.wait(30)
    assert said.text == "us 3"
    assert said.confidence == 1.0  # the server does not say
    assert len(heard.sent) < MANY


def test_another_thread_ends_an_answer_that_does_not_come() -> None:
    with model_server(lambda _: [(" plus", UNSAID)], pause=600) as heard:
        endpoint = Endpoint(heard.address, "m")
        is_wanted = threading.Event()

        def hang_up() -> None:
            while not heard.bodies:
                is_wanted.wait(0.01)
            endpoint.drop()

        other = threading.Thread(target=hang_up)
        other.start()
        said = endpoint.write(ASKED, 60, "\n")
        other.join()
    assert said.text == ""


def test_a_server_that_cannot_say_how_likely_is_asked_without() -> None:
    with model_server(
        lambda body: (400, "no logprobs here") if body["logprobs"] else [(" plus 3", UNSAID)]
    ) as heard:
        endpoint = Endpoint(heard.address, "m")
        assert endpoint.write(ASKED, 60, "\n").text == "us 3"
        assert endpoint.write(ASKED, 60, "\n").text == "us 3"
    assert [one["logprobs"] for one in heard.bodies] == [True, False, False]


def test_the_key_is_sent_and_said_nowhere() -> None:
    with model_server(lambda _: (401, "who are you?")) as heard:
        endpoint = Endpoint(heard.address, "m", "secret-key")
        with pytest.raises(BadInputError, match="401: who are you") as error:
            endpoint.write(ASKED, 60, "\n")
    assert heard.headers[0]["authorization"] == "Bearer secret-key"
    assert "secret-key" not in f"{endpoint!r} {error.value} {endpoint.name}"


@pytest.mark.parametrize("answer", [(500, "oh"), (302, "elsewhere"), (400, "never")])
def test_trouble_is_named(answer: tuple[int, str]) -> None:
    trouble = pytest.raises(BadInputError, match=f"{answer[0]}: {answer[1]}")
    with model_server(lambda _: answer) as heard, trouble:
        Endpoint(heard.address, "m").write(ASKED, 60, "\n")


def test_nobody_there_is_named() -> None:
    with model_server(lambda _: []) as heard:
        pass
    with pytest.raises(BadInputError, match="refused"):
        Endpoint(heard.address, "m").write(ASKED, 60, "\n")


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:1/v1",
        "http://localhost:1/v1/",
        "http://[::1]/v1",
        "https://example.org/v1",
    ],
)
def test_what_goes_to_this_machine_or_by_https_is_private(address: str) -> None:
    assert check_private(address) == address.rstrip("/")


@pytest.mark.parametrize(
    "address",
    [
        "http://example.org/v1",
        "http://localhost.example.org",
        "http://10.0.0.1/v1",
        "https://me:secret@example.org/v1",
        "ftp://a",
        "a",
    ],
)
def test_what_others_could_listen_to_is_refused(address: str) -> None:
    with pytest.raises(BadInputError) as error:
        check_private(address)
    assert "secret" not in str(error.value)
