"""The forms of an id number in a source."""

import hashlib

from connectors.forms import form_of
from connectors.place import Form
from tests.connectors.small import NEW, NOBODY, OLD


def test_plain_forms() -> None:
    assert form_of(Form("id18"), OLD) == OLD.number
    assert form_of(Form("id15"), OLD) == "530199850612204"
    assert form_of(Form("id15"), NOBODY) is None


def test_hashed_forms() -> None:
    assert form_of(Form("hashed", "md5"), NEW) == hashlib.md5(NEW.number.encode()).hexdigest()
    assert (
        form_of(Form("hashed", "sm3", case="upper"), NEW) == hashlib.new("sm3", NEW.number.encode()).hexdigest().upper()
    )
    assert form_of(Form("hashed", "sha256", over="id15"), NOBODY) is None
    keyed = [form_of(Form("hashed", "hmac-sm3", key), NEW) for key in (b"a", b"b")]
    assert keyed[0] != keyed[1]
    assert all(len(each or "") == 64 for each in keyed)
