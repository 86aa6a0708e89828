"""Refusals of whom the gateway does not serve: credentials, and market access."""

from __future__ import annotations

from exchange.refusal import Refusal

# Credentials


class Unauthenticated(Refusal):
    """This endpoint needs a bearer token."""

    code = "UNAUTHENTICATED"
    help = "Send 'Authorization: Bearer <token>'; in the demo, 'gateway token bank-system' prints one."
    zh = "本接口须提供持有者令牌。"
    help_zh = "请发送“Authorization: Bearer <令牌>”；演示环境可用“gateway token bank-system”取得。"
    status = 401


class TokenInvalid(Refusal):
    """The bearer token is not one that this gateway accepts."""

    code = "TOKEN_INVALID"
    help = "Ask the issuer for a new token; its signature, issuer, audience and claims must be the configured ones."
    zh = "该令牌不被本平台接受。"
    help_zh = "请向签发方申请新令牌；其签名、签发方、受众与声明须与配置一致。"
    status = 401


class TokenExpired(Refusal):
    """The bearer token has expired."""

    code = "TOKEN_EXPIRED"
    help = "Ask the issuer for a new token."
    zh = "令牌已过期。"
    help_zh = "请向签发方申请新令牌。"
    status = 401


class IssuerUnavailable(Refusal):
    """The keys of the token's issuer cannot be had, so the token can be neither accepted nor refused."""

    code = "ISSUER_UNAVAILABLE"
    help = "Try again later; if it stays, tell the issuer and the operator of the gateway."
    zh = "无法取得令牌签发方的密钥，因而既不能接受也不能拒绝该令牌。"
    help_zh = "请稍后重试；如仍如此，请告知签发方与平台运维人员。"
    status = 503


# Market access: who is served at all


class ClientPending(Refusal):
    """This client is proposed and not yet approved."""

    code = "CLIENT_PENDING"
    help = "Wait until a second person at the credit office has approved it; 'rule' names what is pending."
    zh = "该接入端已提出登记，尚未获批准。"
    help_zh = "请等待信用办第二人批准；“规则”指明待批准的对象。"
    status = 403


class ClientSuspended(Refusal):
    """This client, or its organisation, is suspended."""

    code = "CLIENT_SUSPENDED"
    help = "Ask the credit office; 'rule' names what is suspended."
    zh = "该接入端或其所属机构已被暂停。"
    help_zh = "请咨询信用办；“规则”指明被暂停的对象。"
    status = 403


class ClientClosed(Refusal):
    """This client, or its organisation, is closed for good."""

    code = "CLIENT_CLOSED"
    help = "Nothing may be asked with this client any more."
    zh = "该接入端或其所属机构已永久关闭。"
    help_zh = "不能再以该接入端查询。"
    status = 403


class LicenceMissing(Refusal):
    """This organisation has no licence, and may not be served without one."""

    code = "LICENCE_MISSING"
    help = "Send the credit office the number and the last day of the licence."
    zh = "该机构没有许可，未经许可不得接受服务。"
    help_zh = "请向信用办报送许可编号与有效期截止日。"
    status = 403


class LicenceExpired(Refusal):
    """This organisation's licence has expired."""

    code = "LICENCE_EXPIRED"
    help = "Send the credit office the new licence."
    zh = "该机构的许可已到期。"
    help_zh = "请向信用办报送新的许可。"
    status = 403


class AgreementMissing(Refusal):
    """This organisation has no agreement with the city, and may not be served without one."""

    code = "AGREEMENT_MISSING"
    help = "Conclude an agreement with the credit office."
    zh = "该机构未与本市签订协议，不得接受服务。"
    help_zh = "请与信用办签订协议。"
    status = 403


class AgreementExpired(Refusal):
    """This organisation's agreement is not in force."""

    code = "AGREEMENT_EXPIRED"
    help = "Renew the agreement with the credit office."
    zh = "该机构的协议不在有效期内。"
    help_zh = "请与信用办续签协议。"
    status = 403
