"""The forms in which a source may hold a person's id number."""

from __future__ import annotations

import hashlib
import hmac

from connectors.place import Form
from exchange.person import PersonId


def form_of(form: Form, person: PersonId) -> str | None:
    """None where the person never had this form (15 digits: those born in 19xx only)."""
    if form.name == "hashed":
        number = person.number if form.over == "id18" else person.old_number
        return None if number is None else _digest(form, number)
    return person.number if form.name == "id18" else person.old_number


def _digest(form: Form, number: str) -> str:
    algorithm = form.digest.removeprefix("hmac-")
    data = number.encode()
    if form.digest.startswith("hmac-"):
        found = hmac.new(form.key, data, algorithm).hexdigest()
    else:
        found = hashlib.new(algorithm, data).hexdigest()
    return found.upper() if form.case == "upper" else found
