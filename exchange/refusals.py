"""Every refusal of the gateway by its subject; see `exchange.refusal` for what one is."""

from __future__ import annotations

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

# Credentials


class Unauthenticated(Refusal):
    """This endpoint needs a bearer token."""

    code = "UNAUTHENTICATED"
    help = "Send 'Authorization: Bearer <token>'; in the demo, 'gateway token bank-system' prints one."
    status = 401


class TokenInvalid(Refusal):
    """The bearer token is not one that this gateway accepts."""

    code = "TOKEN_INVALID"
    help = "Ask the issuer for a new token; its signature, issuer, audience and claims must be the configured ones."
    status = 401


class TokenExpired(Refusal):
    """The bearer token has expired."""

    code = "TOKEN_EXPIRED"
    help = "Ask the issuer for a new token."
    status = 401


class IssuerUnavailable(Refusal):
    """The keys of the token's issuer cannot be had, so the token can be neither accepted nor refused."""

    code = "ISSUER_UNAVAILABLE"
    help = "Try again later; if it stays, tell the issuer and the operator of the gateway."
    status = 503


# Market access: who is served at all


class ClientPending(Refusal):
    """This client is proposed and not yet approved."""

    code = "CLIENT_PENDING"
    help = "Wait until a second person at the credit office has approved it; 'rule' names what is pending."
    status = 403


class ClientSuspended(Refusal):
    """This client, or its organisation, is suspended."""

    code = "CLIENT_SUSPENDED"
    help = "Ask the credit office; 'rule' names what is suspended."
    status = 403


class ClientClosed(Refusal):
    """This client, or its organisation, is closed for good."""

    code = "CLIENT_CLOSED"
    help = "Nothing may be asked with this client any more."
    status = 403


class LicenceMissing(Refusal):
    """This organisation has no licence, and may not be served without one."""

    code = "LICENCE_MISSING"
    help = "Send the credit office the number and the last day of the licence."
    status = 403


class LicenceExpired(Refusal):
    """This organisation's licence has expired."""

    code = "LICENCE_EXPIRED"
    help = "Send the credit office the new licence."
    status = 403


class AgreementMissing(Refusal):
    """This organisation has no agreement with the city, and may not be served without one."""

    code = "AGREEMENT_MISSING"
    help = "Conclude an agreement with the credit office."
    status = 403


class AgreementExpired(Refusal):
    """This organisation's agreement is not in force."""

    code = "AGREEMENT_EXPIRED"
    help = "Renew the agreement with the credit office."
    status = 403


# The ask


class IdNumberInvalid(Refusal):
    """The id number is not a valid citizen identification number (GB 11643)."""

    code = "ID_NUMBER_INVALID"
    law = "GB 11643-1999"
    help = "Give 18 characters with a right check digit, or the old form of 15 digits."


class PurposeUnknown(Refusal):
    """The purpose is not one that this gateway knows."""

    code = "PURPOSE_UNKNOWN"
    law = "PIPL art 6 (a clear purpose)"
    help = "Choose a value of the enum Purpose."
    status = 400


class PurposeNotPermitted(Refusal):
    """The requester's role may not ask for this purpose."""

    code = "PURPOSE_NOT_PERMITTED"
    on_purpose = True
    help = "Ask 'access(purpose: …)' what this role may see, or use the client that is registered for this purpose."


class ItemWithheld(Refusal):
    """This item is withheld by a rule."""

    code = "ITEM_WITHHELD"
    help = "'rule' names what withholds it, 'nearest' what would open it; leave it out, or ask on that ground."


class AskWithheld(Refusal):
    """Something of what is asked is withheld, and this client is registered to get all or nothing."""

    code = "ASK_WITHHELD"
    on_purpose = True
    help = "Ask 'access(purpose: …)' what is open, and ask for that; or have the client registered otherwise."


class FrequencyExceeded(Refusal):
    """The organisation has asked about this person for this purpose as often as it may in the period."""

    code = "FREQUENCY_EXCEEDED"
    on_purpose = True
    help = "Ask again in the next period; the rule names how often and in which."


class InquiryUnknown(Refusal):
    """No ask of this organisation was answered under this reference."""

    code = "INQUIRY_NOT_FOUND"
    law = "PIPL art 6 (least scope)"
    help = "Name the reference as the ask named it."


class InquiryClosed(Refusal):
    """Another outcome was reported under this reference before."""

    code = "INQUIRY_CLOSED"
    law = "征信业管理条例 art 23 (accuracy)"
    help = "What was reported stands; a new application has a reference of its own."


class ItemsNotReleased(Refusal):
    """Items are named as used that were not released to the asks under this reference."""

    code = "ITEMS_NOT_RELEASED"
    law = "PIPL art 6 (least scope)"
    help = "Name items as 'extensions.disclosure' of the answers does, 'PBC03.balance', and only those released."


class PersonNotPermitted(Refusal):
    """The requester may ask for this purpose about himself or herself only."""

    code = "PERSON_NOT_PERMITTED"
    on_purpose = True
    help = "Give the id number that the token was issued for."


class PurposeNotOpen(Refusal):
    """The purpose is not open in the present phase of the plan."""

    code = "PURPOSE_NOT_OPEN"
    on_purpose = True
    help = "Wait for the phase that the rule names; 'SANDBOX' is open to developers in every phase."


class ReferenceRequired(Refusal):
    """An ask for this purpose must name the application, case, contract or document that it belongs to."""

    code = "REFERENCE_REQUIRED"
    on_purpose = True
    help = "Give 'reference', of the kind that the rule names."


class ReferenceInvalid(Refusal):
    """The reference is not a number of the kind that the purpose needs."""

    code = "REFERENCE_INVALID"
    on_purpose = True
    help = "Give a number of the kind that the purpose names, of at most 64 characters; never an id number or a name."


class ManyPeople(Refusal):
    """One operation may ask about one person."""

    code = "ONE_PERSON_PER_OPERATION"
    law = "PIPL art 6 (least scope)"
    help = "Send one operation for each person, or use 'persons' for a purpose that permits portfolios."


class ManyPurposes(Refusal):
    """One operation may have one purpose."""

    code = "ONE_PURPOSE_PER_OPERATION"
    law = "PIPL art 6 (a clear purpose)"
    help = "Send one operation for each purpose."


class ManyMutations(Refusal):
    """One operation may do one act."""

    code = "ONE_MUTATION_PER_OPERATION"
    help = "Send one operation for each act."


class PortfolioNotPermitted(Refusal):
    """This purpose does not permit asking about several people at once."""

    code = "PORTFOLIO_NOT_PERMITTED"
    on_purpose = True
    help = "Ask about one person with 'person'."


class PortfolioTooLarge(Refusal):
    """A portfolio may hold from 1 to 100 different people."""

    code = "PORTFOLIO_SIZE"
    law = "PIPL art 6 (least scope)"
    help = "Split the portfolio."


class FirstInvalid(Refusal):
    """The argument 'first' must be from 0 to 100."""

    code = "FIRST_OUT_OF_RANGE"
    law = "PIPL art 6 (least scope)"
    help = "Give a number from 0 to 100, or leave the argument out."


class DayInvalid(Refusal):
    """The argument 'since' must be a day, written YYYY-MM-DD."""

    code = "DAY_INVALID"
    help = "Write the day as YYYY-MM-DD."


class SinceNotPermitted(Refusal):
    """The argument 'since' filters on a date that this requester may not read in full."""

    code = "SINCE_NOT_PERMITTED"
    on_purpose = True
    help = "Leave 'since' out."


# Administrative acts


class ActNotPermitted(Refusal):
    """The requester's role may not do this."""

    code = "ACT_NOT_PERMITTED"
    help = "'policies/acts.yaml' says which roles may; use the client that is registered for it."


class RegistrationUnknown(Refusal):
    """There is no organisation, client or proposal of this id in the register."""

    code = "REGISTRATION_NOT_FOUND"
    help = "'organisations' and 'clients' list what there is."


class RegistrationInvalid(Refusal):
    """What is proposed cannot stand in the register."""

    code = "REGISTRATION_INVALID"
    help = "'rule' names the field: a known role, purpose, division or organisation is needed, or a plain short text."


class RegistrationClosed(Refusal):
    """This record is closed for good; nothing of it can be changed."""

    code = "REGISTRATION_CLOSED"
    help = "Propose a new one under another id."


class StateForbids(Refusal):
    """The state of this record does not allow the act."""

    code = "STATE_FORBIDS"
    help = "'rule' names the state: what is active can be suspended, and what is suspended resumed."


class TwoPersonsNeeded(Refusal):
    """Who proposed may not approve."""

    code = "TWO_PERSONS_NEEDED"
    help = "Have it approved by a second person."


class ProposalDecided(Refusal):
    """This proposal is decided already."""

    code = "PROPOSAL_DECIDED"
    help = "'rule' names the decision; propose anew what is still right."


class ProposalStale(Refusal):
    """The record has changed since this was proposed."""

    code = "PROPOSAL_STALE"
    help = "Read the record as it stands now, and propose anew what is still right."


class RetryKeyInvalid(Refusal):
    """The Idempotency-Key is not one that can name an ask."""

    code = "RETRY_KEY_INVALID"
    help = "Send one header of 8 to 128 visible ASCII characters, new for each inquiry; never an id number."
    status = 400


class RetryKeyUsed(Refusal):
    """This Idempotency-Key has named another ask, or the same one under other rules."""

    code = "RETRY_KEY_USED"
    help = "Send a new key for a new inquiry; a retry repeats document and variables as they were."
    status = 422


class ChangedMeanwhile(Refusal):
    """Somebody changed this record at the same time, so nothing was done."""

    code = "CHANGED_MEANWHILE"
    help = "Read the record again, and repeat the act if it is still right."


# How much is asked


class RateLimited(Refusal):
    """More is asked in a short time than this client, operator or purpose may."""

    code = "RATE_LIMITED"
    on_purpose = True
    help = "Wait for the seconds of Retry-After, then ask again; 'rule' names the limit."
    status = 429


class QuotaExceeded(Refusal):
    """The day's or month's quota of this client, operator or purpose is used up, or less is left than is asked."""

    code = "QUOTA_EXCEEDED"
    on_purpose = True
    help = "Ask about fewer people at once, wait for the seconds of Retry-After, or ask the credit office for more."
    status = 429


class LimitsUnavailable(Refusal):
    """The gateway cannot count what is asked, so nothing is disclosed."""

    code = "LIMITS_UNAVAILABLE"
    help = "Try again after the seconds of Retry-After; nothing of this ask has left the gateway."
    status = 503


class AlarmUnknown(Refusal):
    """There is no alarm of this name."""

    code = "ALARM_NOT_FOUND"
    help = "Take the id from 'alarms'."


# The gateway's own state


class AuditUnavailable(Refusal):
    """The disclosure log cannot be written, so nothing is disclosed."""

    code = "AUDIT_UNAVAILABLE"
    help = "Try again later; nothing of this ask has left the gateway."
    status = 503


class StoreUnavailable(Refusal):
    """The gateway cannot read its own records of consents and disputes, so nothing is disclosed."""

    code = "STORE_UNAVAILABLE"
    help = "Try again later; nothing of this ask has left the gateway."
    status = 503


class Internal(Refusal):
    """The gateway failed on this ask. Nothing was disclosed."""

    code = "INTERNAL"
    help = "Try again; if it stays, give the operator the time of the ask."
    status = 500
