"""The secret of a session: what is derived, what it opens, what it does not."""

from __future__ import annotations

import base64

from exchange.session import Kept, Secret


def test_what_is_derived_differs_by_use_and_by_secret() -> None:
    one, other = Secret.new(), Secret.new()
    derived = {one.id, one.form_token, one.text_of("state"), one.text_of("nonce"), one.text, other.id, other.form_token}
    assert len(derived) == 7
    assert one.id == Secret(one.text).id


def test_only_the_secret_opens_what_it_sealed() -> None:
    one, other = Secret.new(), Secret.new()
    sealed = one.seal(Kept("token"))
    assert "token" not in sealed
    assert one.open(sealed) == Kept("token")
    assert other.open(sealed) is None
    content = bytearray(base64.b64decode(sealed))
    content[-1] ^= 1
    assert one.open(base64.b64encode(content).decode()) is None
    assert one.open("") is None
    assert one.open("%") is None


def test_equal_tokens_are_sealed_differently() -> None:
    one = Secret.new()
    assert one.seal(Kept("token")) != one.seal(Kept("token"))


def test_a_cookie_that_no_secret_can_be_is_none() -> None:
    assert Secret.parse(Secret.new().text)
    for text in (None, "", "a" * 42, "a" * 44, "a" * 42 + "é", "a" * 42 + "\n", "../" + "a" * 40):
        assert Secret.parse(text) is None
