"""Refusals of those who sign in at the dashboard; `exchange.refusals` brings them with all others."""

from __future__ import annotations

from exchange.refusal import Refusal


class SignInRefused(Refusal):
    """This sign-in does not hold: it was begun elsewhere, took too long, or was used before."""

    code = "SIGN_IN_REFUSED"
    help = "Begin again at the dashboard's own address; nobody was signed in."
    status = 400


class SignInDeclined(Refusal):
    """The sign-in service did not let anybody in."""

    code = "SIGN_IN_DECLINED"
    help = "Begin again and choose who you are; if it stays, ask whoever runs the sign-in service."
    status = 403


class SignInUnavailable(Refusal):
    """The sign-in service does not answer, or answers what cannot be trusted."""

    code = "SIGN_IN_UNAVAILABLE"
    help = "Try again later; if it stays, tell the operator of the gateway."
    status = 503


class SessionEnded(Refusal):
    """Nobody is signed in here any more."""

    code = "SESSION_ENDED"
    help = "Sign in again; you come back to this page."
    status = 401


class SessionOther(Refusal):
    """This page belongs to another session than the one that is open in this browser now."""

    code = "SESSION_OTHER"
    help = "Load the page again: it then shows, and acts as, whoever is signed in now."
    status = 409


class FormForeign(Refusal):
    """This form was not sent by a page of this session."""

    code = "FORM_FOREIGN"
    help = "Load the page again and send the form from there; nothing was done."
    status = 403


class PageUnknown(Refusal):
    """There is no such page."""

    code = "PAGE_UNKNOWN"
    help = "Choose a page of the menu."
    status = 404
