"""Refusals that rest on the ground of an ask, and on what may be done to a consent."""

from __future__ import annotations

from exchange.refusal import Refusal


class ConsentRequired(Refusal):
    """This purpose needs the person's consent, and none covers this ask."""

    code = "CONSENT_REQUIRED"
    on_purpose = True
    help = "Obtain the person's consent for this organisation and purpose, then ask again."
    zh = "该目的须经本人同意，而没有同意涵盖本次查询。"
    help_zh = "请取得本人对该机构与该目的的同意后再查询。"


class ConsentUnknown(Refusal):
    """No consent of this name covers this ask."""

    code = "CONSENT_NOT_FOUND"
    on_purpose = True
    help = "Name a consent that the person gave to your organisation for this purpose, or name none."
    zh = "没有此编号的同意涵盖本次查询。"
    help_zh = "请填写本人就该目的给予贵机构的同意，或不填写。"


class ConsentExpired(Refusal):
    """The consent has expired or is not yet valid."""

    code = "CONSENT_EXPIRED"
    on_purpose = True
    help = "Obtain a new consent."
    zh = "该同意已到期或尚未生效。"
    help_zh = "请取得新的同意。"


class ConsentRevoked(Refusal):
    """The person has revoked the consent."""

    code = "CONSENT_REVOKED"
    on_purpose = True
    help = "Nothing may be asked on this consent any more."
    zh = "本人已撤回该同意。"
    help_zh = "不能再依该同意查询。"


class ConsentUsedUp(Refusal):
    """The consent was for a single use and has been used."""

    code = "CONSENT_USED_UP"
    on_purpose = True
    help = "Obtain a new consent."
    zh = "该同意仅可使用一次，且已使用。"
    help_zh = "请取得新的同意。"


class ConsentNotGiven(Refusal):
    """The consent was requested, and the person has not agreed to it."""

    code = "CONSENT_NOT_GIVEN"
    on_purpose = True
    help = "Wait until the person approves the request, or ask him or her for another consent."
    zh = "已请求该同意，本人尚未同意。"
    help_zh = "请等待本人批准该请求，或另行征得同意。"


class ConsentPaused(Refusal):
    """The person has paused the consent."""

    code = "CONSENT_PAUSED"
    on_purpose = True
    help = "Nothing may be asked on this consent until the person resumes it."
    zh = "本人已暂停该同意。"
    help_zh = "在本人恢复之前，不能依该同意查询。"


class ConsentTooOften(Refusal):
    """The consent was used as often as the person permitted in this period."""

    code = "CONSENT_TOO_OFTEN"
    on_purpose = True
    help = "Ask again in the next period; the consent's frequency says when that begins."
    zh = "该同意在本周期内的使用已达本人允许的次数。"
    help_zh = "请在下一周期再查询；该同意的频次载明其起始时间。"


class ConsentInvalid(Refusal):
    """The consent cannot be kept as it was given; the rule names the part that does not fit."""

    code = "CONSENT_INVALID"
    help = "Mend the part that 'rule' names; docs/consent.md says what each must be."
    zh = "该同意不能按所给内容保存；“规则”指明不符的部分。"
    help_zh = "请更正“规则”所指的部分；docs/consent.md 说明各部分的要求。"


class ConsentUnwarned(Refusal):
    """Items of the kind that needs written consent were named without the warning that covers exactly these."""

    code = "CONSENT_UNWARNED"
    help = "Show the person 'consentWarning' with these items, then name its version and them."
    zh = "列出了须书面同意的信息项，而没有恰好涵盖这些项的风险提示。"
    help_zh = "请向本人出示包含这些项的“consentWarning”，再填写其版本与这些项。"


class ConsentActNotPermitted(Refusal):
    """This requester may not do this to the consent."""

    code = "CONSENT_ACT_NOT_PERMITTED"
    help = "The person gives, approves, pauses, resumes and revokes; an organisation requests, records and gives back."
    zh = "请求方不得对该同意办理此事项。"
    help_zh = "本人可以给予、批准、暂停、恢复与撤回；机构可以请求、登记与交还。"


class ConsentStateUnfit(Refusal):
    """The consent is in a state from which this act leads nowhere."""

    code = "CONSENT_STATE_UNFIT"
    help = "Read the consent's state; docs/consent.md shows which acts each state permits."
    zh = "该同意的现状不允许办理此事项。"
    help_zh = "请查看该同意的状态；docs/consent.md 说明各状态允许的事项。"
