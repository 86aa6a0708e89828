"""A refusal: an error raised on purpose, with a stable code, a sentence and a next step.

The docstring of a class is its message, `zh` the same in Chinese; `code` is the contract with clients; `help` and
`help_zh` say what to do. The API speaks English; pages speak the reader's language, by the code.
No refusal ever carries the input that caused it (invariant 8).
"""

from __future__ import annotations

from typing import ClassVar


class Refusal(Exception):
    """The gateway refused this ask."""

    code: ClassVar[str] = "REFUSED"
    help: ClassVar[str] = ""
    zh: ClassVar[str] = "平台拒绝了本次查询。"
    help_zh: ClassVar[str] = ""
    status: ClassVar[int] = 200
    on_purpose: ClassVar[bool] = False
    """Whether it rests on the purpose of the ask, and so names that and its basis."""
    law: ClassVar[str] = ""
    """Legal basis of one that rests on no purpose; its code is its rule."""

    def __init__(self, *, rule: str | None = None, basis: str | None = None, retry_after_s: int | None = None) -> None:
        """`retry_after_s`: whole seconds after which the same ask may be tried again; sent as Retry-After too."""
        super().__init__(self.code)
        self.rule = rule
        self.basis = basis
        self.retry_after_s = retry_after_s

    @property
    def message(self) -> str:
        return " ".join((type(self).__doc__ or "").split())

    def extensions(self) -> dict[str, str | int]:
        """What stands beside the message in `errors[].extensions`."""
        found = {
            "code": self.code,
            "help": self.help,
            "rule": self.rule or (self.code if self.law else None),
            "basis": self.basis or self.law,
            "retryAfter": self.retry_after_s,
        }
        return {name: said for name, said in found.items() if said}
