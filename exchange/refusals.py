"""Every refusal of the gateway by its subject; see `exchange.refusal` for what one is."""

from __future__ import annotations

from exchange.access_refusals import AgreementExpired as AgreementExpired
from exchange.access_refusals import AgreementMissing as AgreementMissing
from exchange.access_refusals import ClientClosed as ClientClosed
from exchange.access_refusals import ClientPending as ClientPending
from exchange.access_refusals import ClientSuspended as ClientSuspended
from exchange.access_refusals import IssuerUnavailable as IssuerUnavailable
from exchange.access_refusals import LicenceExpired as LicenceExpired
from exchange.access_refusals import LicenceMissing as LicenceMissing
from exchange.access_refusals import TokenExpired as TokenExpired
from exchange.access_refusals import TokenInvalid as TokenInvalid
from exchange.access_refusals import Unauthenticated as Unauthenticated
from exchange.act_refusals import ActNotPermitted as ActNotPermitted
from exchange.act_refusals import ChangedMeanwhile as ChangedMeanwhile
from exchange.act_refusals import ProposalDecided as ProposalDecided
from exchange.act_refusals import ProposalStale as ProposalStale
from exchange.act_refusals import RegistrationClosed as RegistrationClosed
from exchange.act_refusals import RegistrationInvalid as RegistrationInvalid
from exchange.act_refusals import RegistrationUnknown as RegistrationUnknown
from exchange.act_refusals import RetryKeyInvalid as RetryKeyInvalid
from exchange.act_refusals import RetryKeyUsed as RetryKeyUsed
from exchange.act_refusals import StateForbids as StateForbids
from exchange.act_refusals import TwoPersonsNeeded as TwoPersonsNeeded
from exchange.consent_refusals import ConsentActNotPermitted as ConsentActNotPermitted
from exchange.consent_refusals import ConsentExpired as ConsentExpired
from exchange.consent_refusals import ConsentInvalid as ConsentInvalid
from exchange.consent_refusals import ConsentNotGiven as ConsentNotGiven
from exchange.consent_refusals import ConsentPaused as ConsentPaused
from exchange.consent_refusals import ConsentRequired as ConsentRequired
from exchange.consent_refusals import ConsentRevoked as ConsentRevoked
from exchange.consent_refusals import ConsentStateUnfit as ConsentStateUnfit
from exchange.consent_refusals import ConsentTooOften as ConsentTooOften
from exchange.consent_refusals import ConsentUnknown as ConsentUnknown
from exchange.consent_refusals import ConsentUnwarned as ConsentUnwarned
from exchange.consent_refusals import ConsentUsedUp as ConsentUsedUp
from exchange.document_refusals import BodyInvalid as BodyInvalid
from exchange.document_refusals import BodyTooLarge as BodyTooLarge
from exchange.document_refusals import DocumentInvalid as DocumentInvalid
from exchange.document_refusals import DocumentTooLarge as DocumentTooLarge
from exchange.document_refusals import MediaTypeInvalid as MediaTypeInvalid
from exchange.document_refusals import MethodInvalid as MethodInvalid
from exchange.document_refusals import NotAcceptable as NotAcceptable
from exchange.document_refusals import OperationUnknown as OperationUnknown
from exchange.document_refusals import OperationUnnamed as OperationUnnamed
from exchange.document_refusals import SyntaxInvalid as SyntaxInvalid
from exchange.document_refusals import VariablesInvalid as VariablesInvalid
from exchange.log_refusals import CountsPending as CountsPending
from exchange.log_refusals import CursorInvalid as CursorInvalid
from exchange.log_refusals import EntryUnknown as EntryUnknown
from exchange.log_refusals import ExportTooLarge as ExportTooLarge
from exchange.log_refusals import FilterInvalid as FilterInvalid
from exchange.log_refusals import GroupingInvalid as GroupingInvalid
from exchange.log_refusals import PeriodInvalid as PeriodInvalid
from exchange.refusal import Refusal as Refusal
from exchange.session_refusals import FormForeign as FormForeign
from exchange.session_refusals import PageUnknown as PageUnknown
from exchange.session_refusals import SessionEnded as SessionEnded
from exchange.session_refusals import SessionOther as SessionOther
from exchange.session_refusals import SignInDeclined as SignInDeclined
from exchange.session_refusals import SignInRefused as SignInRefused
from exchange.session_refusals import SignInUnavailable as SignInUnavailable

# The ask


class IdNumberInvalid(Refusal):
    """The id number is not a valid citizen identification number (GB 11643)."""

    code = "ID_NUMBER_INVALID"
    law = "GB 11643-1999"
    help = "Give 18 characters with a right check digit, or the old form of 15 digits."
    zh = "公民身份号码无效（GB 11643）。"
    help_zh = "请提供校验码正确的 18 位号码，或 15 位旧号码。"


class PurposeUnknown(Refusal):
    """The purpose is not one that this gateway knows."""

    code = "PURPOSE_UNKNOWN"
    law = "PIPL art 6 (a clear purpose)"
    help = "Choose a value of the enum Purpose."
    zh = "本平台不认识该查询目的。"
    help_zh = "请选择枚举 Purpose 中的值。"
    status = 400


class PurposeNotPermitted(Refusal):
    """The requester's role may not ask for this purpose."""

    code = "PURPOSE_NOT_PERMITTED"
    on_purpose = True
    help = "Ask 'access(purpose: …)' what this role may see, or use the client that is registered for this purpose."
    zh = "请求方的角色不得为此目的查询。"
    help_zh = "请用“access(purpose: …)”了解该角色的可见范围，或使用为此目的登记的接入端。"


class ItemWithheld(Refusal):
    """This item is withheld by a rule."""

    code = "ITEM_WITHHELD"
    help = "'rule' names what withholds it, 'nearest' what would open it; leave it out, or ask on that ground."
    zh = "依规则不提供该信息项。"
    help_zh = "“rule”指明不提供所依据的规则，“nearest”指明何种条件下可以提供；请去掉该项，或依该条件查询。"


class AskWithheld(Refusal):
    """Something of what is asked is withheld, and this client is registered to get all or nothing."""

    code = "ASK_WITHHELD"
    on_purpose = True
    help = "Ask 'access(purpose: …)' what is open, and ask for that; or have the client registered otherwise."
    zh = "所查询的内容中有不予提供的信息项，而该接入端登记为“全有或全无”。"
    help_zh = "请用“access(purpose: …)”了解可查询的内容后再查询，或变更该接入端的登记。"


class FrequencyExceeded(Refusal):
    """The organisation has asked about this person for this purpose as often as it may in the period."""

    code = "FREQUENCY_EXCEEDED"
    on_purpose = True
    help = "Ask again in the next period; the rule names how often and in which."
    zh = "该机构在本周期内为此目的查询此人已达次数上限。"
    help_zh = "请在下一周期再查询；“规则”指明次数与周期。"


class InquiryUnknown(Refusal):
    """No ask of this organisation was answered under this reference."""

    code = "INQUIRY_NOT_FOUND"
    law = "PIPL art 6 (least scope)"
    help = "Name the reference as the ask named it."
    zh = "该机构在此业务编号下没有获得答复的查询。"
    help_zh = "请按查询时的写法填写业务编号。"


class InquiryClosed(Refusal):
    """Another outcome was reported under this reference before."""

    code = "INQUIRY_CLOSED"
    law = "征信业管理条例 art 23 (accuracy)"
    help = "What was reported stands; a new application has a reference of its own."
    zh = "此业务编号此前已报送另一结果。"
    help_zh = "已报送的结果仍然有效；新的申请使用新的业务编号。"


class ItemsNotReleased(Refusal):
    """Items are named as used that were not released to the asks under this reference."""

    code = "ITEMS_NOT_RELEASED"
    law = "PIPL art 6 (least scope)"
    help = "Name items as 'extensions.disclosure' of the answers does, 'PBC03.balance', and only those released."
    zh = "报送为已使用的信息项中，有未在此业务编号下提供的。"
    help_zh = "请按答复中“extensions.disclosure”的写法填写信息项（如“PBC03.balance”），且仅填已提供的。"


class PersonNotPermitted(Refusal):
    """The requester may ask for this purpose about himself or herself only."""

    code = "PERSON_NOT_PERMITTED"
    on_purpose = True
    help = "Give the id number that the token was issued for."
    zh = "请求方为此目的仅可查询本人。"
    help_zh = "请填写令牌所对应的身份号码。"


class PurposeNotOpen(Refusal):
    """The purpose is not open in the present phase of the plan."""

    code = "PURPOSE_NOT_OPEN"
    on_purpose = True
    help = "Wait for the phase that the rule names; 'SANDBOX' is open to developers in every phase."
    zh = "该查询目的在方案的现阶段尚未开放。"
    help_zh = "请等待“规则”所指的阶段；“SANDBOX”在各阶段均对开发人员开放。"


class ReferenceRequired(Refusal):
    """An ask for this purpose must name the application, case, contract or document that it belongs to."""

    code = "REFERENCE_REQUIRED"
    on_purpose = True
    help = "Give 'reference', of the kind that the rule names."
    zh = "为此目的查询须注明所属的申请、案件、合同或文书编号。"
    help_zh = "请填写“reference”，种类见“规则”。"


class ReferenceInvalid(Refusal):
    """The reference is not a number of the kind that the purpose needs."""

    code = "REFERENCE_INVALID"
    on_purpose = True
    help = "Give a number of the kind that the purpose names, of at most 64 characters; never an id number or a name."
    zh = "业务编号不是该目的所要求的种类。"
    help_zh = "请填写该目的所要求种类的编号，不超过 64 个字符；不得填写身份号码或姓名。"


class ManyPeople(Refusal):
    """One operation may ask about one person."""

    code = "ONE_PERSON_PER_OPERATION"
    law = "PIPL art 6 (least scope)"
    help = "Send one operation for each person, or use 'persons' for a purpose that permits portfolios."
    zh = "一次操作只能查询一人。"
    help_zh = "请为每人发送一次操作；允许批量查询的目的可使用“persons”。"


class ManyPurposes(Refusal):
    """One operation may have one purpose."""

    code = "ONE_PURPOSE_PER_OPERATION"
    law = "PIPL art 6 (a clear purpose)"
    help = "Send one operation for each purpose."
    zh = "一次操作只能有一个目的。"
    help_zh = "请为每个目的发送一次操作。"


class ManyMutations(Refusal):
    """One operation may do one act."""

    code = "ONE_MUTATION_PER_OPERATION"
    help = "Send one operation for each act."
    zh = "一次操作只能办理一个事项。"
    help_zh = "请为每个事项发送一次操作。"


class PortfolioNotPermitted(Refusal):
    """This purpose does not permit asking about several people at once."""

    code = "PORTFOLIO_NOT_PERMITTED"
    on_purpose = True
    help = "Ask about one person with 'person'."
    zh = "该目的不允许同时查询多人。"
    help_zh = "请用“person”查询一人。"


class PortfolioTooLarge(Refusal):
    """A portfolio may hold from 1 to 100 different people."""

    code = "PORTFOLIO_SIZE"
    law = "PIPL art 6 (least scope)"
    help = "Split the portfolio."
    zh = "批量查询须为 1 至 100 个不同的人。"
    help_zh = "请分批查询。"


class FirstInvalid(Refusal):
    """The argument 'first' must be from 0 to 100."""

    code = "FIRST_OUT_OF_RANGE"
    law = "PIPL art 6 (least scope)"
    help = "Give a number from 0 to 100, or leave the argument out."
    zh = "参数“first”须为 0 至 100。"
    help_zh = "请填写 0 至 100 的数，或省略该参数。"


class DayInvalid(Refusal):
    """The argument 'since' must be a day, written YYYY-MM-DD."""

    code = "DAY_INVALID"
    help = "Write the day as YYYY-MM-DD."
    zh = "参数“since”须为日期，写作 YYYY-MM-DD。"
    help_zh = "请将日期写作 YYYY-MM-DD。"


class SinceNotPermitted(Refusal):
    """The argument 'since' filters on a date that this requester may not read in full."""

    code = "SINCE_NOT_PERMITTED"
    on_purpose = True
    help = "Leave 'since' out."
    zh = "参数“since”所筛选的日期，请求方无权完整读取。"
    help_zh = "请省略“since”。"


# How much is asked


class RateLimited(Refusal):
    """More is asked in a short time than this client, operator or purpose may."""

    code = "RATE_LIMITED"
    on_purpose = True
    help = "Wait for the seconds of Retry-After, then ask again; 'rule' names the limit."
    zh = "短时间内的请求超过该接入端、操作人或目的的上限。"
    help_zh = "请等待 Retry-After 所示秒数后再查询；“规则”指明该限制。"
    status = 429


class QuotaExceeded(Refusal):
    """The day's or month's quota of this client, operator or purpose is used up, or less is left than is asked."""

    code = "QUOTA_EXCEEDED"
    on_purpose = True
    help = "Ask about fewer people at once, wait for the seconds of Retry-After, or ask the credit office for more."
    zh = "该接入端、操作人或目的当日或当月的配额已用完，或余额少于所查询的数量。"
    help_zh = "请减少同时查询的人数，等待 Retry-After 所示秒数，或向信用办申请增加配额。"
    status = 429


class LimitsUnavailable(Refusal):
    """The gateway cannot count what is asked, so nothing is disclosed."""

    code = "LIMITS_UNAVAILABLE"
    help = "Try again after the seconds of Retry-After; nothing of this ask has left the gateway."
    zh = "平台无法计数，因此未提供任何信息。"
    help_zh = "请在 Retry-After 所示秒数后重试；本次查询未向外提供任何信息。"
    status = 503


class AlarmUnknown(Refusal):
    """There is no alarm of this name."""

    code = "ALARM_NOT_FOUND"
    help = "Take the id from 'alarms'."
    zh = "没有此编号的预警。"
    help_zh = "请从“alarms”取编号。"


# The gateway's own state


class AuditUnavailable(Refusal):
    """The disclosure log cannot be written, so nothing is disclosed."""

    code = "AUDIT_UNAVAILABLE"
    help = "Try again later; nothing of this ask has left the gateway."
    zh = "披露日志无法写入，因此未提供任何信息。"
    help_zh = "请稍后重试；本次查询未向外提供任何信息。"
    status = 503


class StoreUnavailable(Refusal):
    """The gateway cannot read its own records of consents and disputes, so nothing is disclosed."""

    code = "STORE_UNAVAILABLE"
    help = "Try again later; nothing of this ask has left the gateway."
    zh = "平台无法读取自身的同意与异议记录，因此未提供任何信息。"
    help_zh = "请稍后重试；本次查询未向外提供任何信息。"
    status = 503


class Internal(Refusal):
    """The gateway failed on this ask. Nothing was disclosed."""

    code = "INTERNAL"
    help = "Try again; if it stays, give the operator the time of the ask."
    zh = "平台处理本次请求时出错，未提供任何信息。"
    help_zh = "请重试；如仍如此，请将查询时间告知运维人员。"
    status = 500
