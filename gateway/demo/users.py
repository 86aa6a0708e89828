"""The dashboard's users in the demo: natural persons, each at one registered client."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from exchange.wording import Words


@dataclass(frozen=True, slots=True)
class User:
    operator: str
    """`sub` of the tokens."""
    client: str
    name: Words
    duty: Words


USERS: Mapping[str, User] = {
    user.operator: user
    for user in (
        User(
            "lin.wei",
            "credit-office",
            Words("Lin Wei", "林伟"),
            Words("Credit office: supervises access, clients and alarms", "信用办监督岗：监督查询、接入端与预警"),
        ),
        User(
            "zhao.min",
            "credit-office",
            Words("Zhao Min", "赵敏"),
            Words("Credit office: the second person who approves", "信用办监督岗：复核审批的第二人"),
        ),
        User(
            "chen.jing",
            "case-officer",
            Words("Chen Jing", "陈静"),
            Words("Credit office: disputes and repair", "信用办：异议与修复"),
        ),
        User("sun.hao", "auditor", Words("Sun Hao", "孙浩"), Words("Auditor: reads the log", "审计员：查阅日志")),
        User(
            "he.yan",
            "analyst",
            Words("He Yan", "何燕"),
            Words("Analyst: counts only, nobody named", "统计分析员：仅统计数，不涉及个人"),
        ),
        User(
            "gao.lei",
            "court-liaison",
            Words("Gao Lei", "高磊"),
            Words("Court liaison of the credit office", "信用办司法协查联络员"),
        ),
        User(
            "tang.ning",
            "platform-operator",
            Words("Tang Ning", "唐宁"),
            Words(
                "Operator of the platform: health and metadata, no person", "平台运维：仅运行状态与元数据，不涉及个人"
            ),
        ),
        User(
            "wu.fang",
            "bank-officer",
            Words("Wu Fang", "吴芳"),
            Words("Loan officer of a bank: no supervisor", "银行信贷员：无监督权限"),
        ),
        User(
            "self",
            "person",
            Words("Xu Zhiyuan", "许志远"),
            Words("A person, about himself", "信息主体本人"),
        ),
    )
}
"""By operator."""
