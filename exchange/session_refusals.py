"""Refusals of those who sign in at the dashboard; `exchange.refusals` brings them with all others."""

from __future__ import annotations

from exchange.refusal import Refusal


class SignInRefused(Refusal):
    """This sign-in does not hold: it was begun elsewhere, took too long, or was used before."""

    code = "SIGN_IN_REFUSED"
    help = "Begin again at the dashboard's own address; nobody was signed in."
    zh = "本次登录无效：由他处发起、耗时过长，或已使用过。"
    help_zh = "请从看板自身的网址重新登录；没有任何人登录成功。"
    status = 400


class SignInDeclined(Refusal):
    """The sign-in service did not let anybody in."""

    code = "SIGN_IN_DECLINED"
    help = "Begin again and choose who you are; if it stays, ask whoever runs the sign-in service."
    zh = "登录服务未予准许。"
    help_zh = "请重新登录并选择您的身份；如仍如此，请咨询登录服务的运维人员。"
    status = 403


class SignInUnavailable(Refusal):
    """The sign-in service does not answer, or answers what cannot be trusted."""

    code = "SIGN_IN_UNAVAILABLE"
    help = "Try again later; if it stays, tell the operator of the gateway."
    zh = "登录服务没有应答，或其应答不可信。"
    help_zh = "请稍后重试；如仍如此，请告知平台运维人员。"
    status = 503


class SessionEnded(Refusal):
    """Nobody is signed in here any more."""

    code = "SESSION_ENDED"
    help = "Sign in again; you come back to this page."
    zh = "当前已无人登录。"
    help_zh = "请重新登录，登录后将回到本页。"
    status = 401


class SessionOther(Refusal):
    """This page belongs to another session than the one that is open in this browser now."""

    code = "SESSION_OTHER"
    help = "Load the page again: it then shows, and acts as, whoever is signed in now."
    zh = "本页属于另一会话，不是此浏览器当前打开的会话。"
    help_zh = "请重新加载页面：页面将以当前登录者的身份显示与操作。"
    status = 409


class FormForeign(Refusal):
    """This form was not sent by a page of this session."""

    code = "FORM_FOREIGN"
    help = "Load the page again and send the form from there; nothing was done."
    zh = "该表单不是由本会话的页面发送的。"
    help_zh = "请重新加载页面后再提交；未作任何处理。"
    status = 403


class PageUnknown(Refusal):
    """There is no such page."""

    code = "PAGE_UNKNOWN"
    help = "Choose a page of the menu."
    zh = "没有此页面。"
    help_zh = "请从菜单中选择页面。"
    status = 404
