"""Refusals that rest on the ground of an ask, and on what may be done to a consent."""

from __future__ import annotations

from exchange.refusal import Refusal


class ConsentRequired(Refusal):
    """This purpose needs the person's consent, and none covers this ask."""

    code = "CONSENT_REQUIRED"
    on_purpose = True
    help = "Obtain the person's consent for this organisation and purpose, then ask again."


class ConsentUnknown(Refusal):
    """No consent of this name covers this ask."""

    code = "CONSENT_NOT_FOUND"
    on_purpose = True
    help = "Name a consent that the person gave to your organisation for this purpose, or name none."


class ConsentExpired(Refusal):
    """The consent has expired or is not yet valid."""

    code = "CONSENT_EXPIRED"
    on_purpose = True
    help = "Obtain a new consent."


class ConsentRevoked(Refusal):
    """The person has revoked the consent."""

    code = "CONSENT_REVOKED"
    on_purpose = True
    help = "Nothing may be asked on this consent any more."


class ConsentUsedUp(Refusal):
    """The consent was for a single use and has been used."""

    code = "CONSENT_USED_UP"
    on_purpose = True
    help = "Obtain a new consent."


class ConsentNotGiven(Refusal):
    """The consent was requested, and the person has not agreed to it."""

    code = "CONSENT_NOT_GIVEN"
    on_purpose = True
    help = "Wait until the person approves the request, or ask him or her for another consent."


class ConsentPaused(Refusal):
    """The person has paused the consent."""

    code = "CONSENT_PAUSED"
    on_purpose = True
    help = "Nothing may be asked on this consent until the person resumes it."


class ConsentTooOften(Refusal):
    """The consent was used as often as the person permitted in this period."""

    code = "CONSENT_TOO_OFTEN"
    on_purpose = True
    help = "Ask again in the next period; the consent's frequency says when that begins."


class ConsentInvalid(Refusal):
    """The consent cannot be kept as it was given; the rule names the part that does not fit."""

    code = "CONSENT_INVALID"
    help = "Mend the part that 'rule' names; docs/consent.md says what each must be."


class ConsentUnwarned(Refusal):
    """Items of the kind that needs written consent were named without the warning that covers exactly these."""

    code = "CONSENT_UNWARNED"
    help = "Show the person 'consentWarning' with these items, then name its version and them."


class ConsentActNotPermitted(Refusal):
    """This requester may not do this to the consent."""

    code = "CONSENT_ACT_NOT_PERMITTED"
    help = "The person gives, approves, pauses, resumes and revokes; an organisation requests, records and gives back."


class ConsentStateUnfit(Refusal):
    """The consent is in a state from which this act leads nowhere."""

    code = "CONSENT_STATE_UNFIT"
    help = "Read the consent's state; docs/consent.md shows which acts each state permits."
