"""Refusals of administrative acts, and of keys that name a retry."""

from __future__ import annotations

from exchange.refusal import Refusal


class ActNotPermitted(Refusal):
    """The requester's role may not do this."""

    code = "ACT_NOT_PERMITTED"
    help = "'policies/acts.yaml' says which roles may; use the client that is registered for it."
    zh = "请求方的角色不得办理此事项。"
    help_zh = "“policies/acts.yaml”载明哪些角色可以办理；请使用为此登记的接入端。"


class RegistrationUnknown(Refusal):
    """There is no organisation, client or proposal of this id in the register."""

    code = "REGISTRATION_NOT_FOUND"
    help = "'organisations' and 'clients' list what there is."
    zh = "登记簿中没有此编号的机构、接入端或提议。"
    help_zh = "“organisations”与“clients”列出现有登记。"


class RegistrationInvalid(Refusal):
    """What is proposed cannot stand in the register."""

    code = "REGISTRATION_INVALID"
    help = "'rule' names the field: a known role, purpose, division or organisation is needed, or a plain short text."
    zh = "所提议的内容不能载入登记簿。"
    help_zh = "“规则”指明字段：须为已知的角色、目的、区划或机构，或简短的纯文本。"


class RegistrationClosed(Refusal):
    """This record is closed for good; nothing of it can be changed."""

    code = "REGISTRATION_CLOSED"
    help = "Propose a new one under another id."
    zh = "该记录已永久关闭，不能再作任何变更。"
    help_zh = "请以另一编号提出新的登记。"


class StateForbids(Refusal):
    """The state of this record does not allow the act."""

    code = "STATE_FORBIDS"
    help = "'rule' names the state: what is active can be suspended, and what is suspended resumed."
    zh = "该记录的状态不允许办理此事项。"
    help_zh = "“规则”指明其状态：有效的可以暂停，已暂停的可以恢复。"


class TwoPersonsNeeded(Refusal):
    """Who proposed may not approve."""

    code = "TWO_PERSONS_NEEDED"
    help = "Have it approved by a second person."
    zh = "提议人不得自行批准。"
    help_zh = "请由第二人批准。"


class ProposalDecided(Refusal):
    """This proposal is decided already."""

    code = "PROPOSAL_DECIDED"
    help = "'rule' names the decision; propose anew what is still right."
    zh = "该提议已有决定。"
    help_zh = "“规则”指明该决定；仍有必要的，请重新提议。"


class ProposalStale(Refusal):
    """The record has changed since this was proposed."""

    code = "PROPOSAL_STALE"
    help = "Read the record as it stands now, and propose anew what is still right."
    zh = "提议之后，该记录已有变更。"
    help_zh = "请读取该记录的现状，仍有必要的，请重新提议。"


class RetryKeyInvalid(Refusal):
    """The Idempotency-Key is not one that can name an ask."""

    code = "RETRY_KEY_INVALID"
    help = "Send one header of 8 to 128 visible ASCII characters, new for each inquiry; never an id number."
    zh = "该 Idempotency-Key 不能用于标识查询。"
    help_zh = "请发送一个 8 至 128 个可见 ASCII 字符的标头，每次查询使用新值；不得填写身份号码。"
    status = 400


class RetryKeyUsed(Refusal):
    """This Idempotency-Key has named another ask, or the same one under other rules."""

    code = "RETRY_KEY_USED"
    help = "Send a new key for a new inquiry; a retry repeats document and variables as they were."
    zh = "该 Idempotency-Key 已标识另一次查询，或标识过其他规则下的同一查询。"
    help_zh = "新的查询请使用新的键；重试时文档与变量须保持不变。"
    status = 422


class ChangedMeanwhile(Refusal):
    """Somebody changed this record at the same time, so nothing was done."""

    code = "CHANGED_MEANWHILE"
    help = "Read the record again, and repeat the act if it is still right."
    zh = "他人同时变更了该记录，因此未作任何处理。"
    help_zh = "请重新读取该记录，仍有必要的，请再次办理。"
