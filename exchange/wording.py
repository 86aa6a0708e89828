"""Plain words, English and Chinese, for the codes of an entry: what a person reads who asks who looked.

Purposes and acts bring their own words (`policies/purposes.yaml`, `policies/acts.yaml`), items those of the standard.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from exchange.records import Bad, Conflict
from exchange.refusals import Refusal


class Words(NamedTuple):
    en: str
    zh: str


ROLES: Mapping[str, Words] = {
    "bank-system": Words("a bank's system", "银行业务系统"),
    "bank-officer": Words("a bank's officer", "银行工作人员"),
    "rural-cooperative": Words("a rural credit cooperative", "农村信用社"),
    "fund-centre": Words("the housing fund centre", "住房公积金管理中心"),
    "hrs-clerk": Words("a clerk of human resources and social security", "人力资源和社会保障部门经办人员"),
    "medical-clerk": Words("a clerk of medical insurance", "医疗保障部门经办人员"),
    "civil-affairs-clerk": Words("a clerk of civil affairs", "民政部门经办人员"),
    "market-clerk": Words("a clerk of market regulation", "市场监管部门经办人员"),
    "personnel-officer": Words("an officer of a personnel office", "人事部门审查人员"),
    "tax-clerk": Words("a clerk of the tax office", "税务部门经办人员"),
    "psb-clerk": Words("a clerk of public security", "公安部门经办人员"),
    "department-officer": Words("an officer of a department", "政府部门工作人员"),
    "utility-clerk": Words("a clerk of a utility", "公用事业单位经办人员"),
    "court-liaison": Words("the liaison of the courts", "法院联络员"),
    "agency": Words("a licensed credit reporting agency", "持牌征信机构"),
    "agency-end-user": Words("a customer of a credit reporting agency", "征信机构的信息使用者"),
    "person": Words("you yourself", "本人"),
    "guardian": Words("your guardian", "监护人"),
    "auditor": Words("an auditor", "审计人员"),
    "developer": Words("a developer, on synthetic people", "开发人员（虚拟数据）"),
    "case-officer": Words("an officer for disputes", "异议处理人员"),
    "credit-office": Words("the city's credit office", "市信用办"),
    "analyst": Words("an analyst, of counts only", "统计分析人员"),
    "inspector": Words("an inspector", "检查人员"),
    "model-developer": Words("a developer of scorecards", "评分模型开发人员"),
    "operator": Words("whoever runs the gateway", "平台运维人员"),
    "platform-operator": Words("an operator of the platform", "平台运维值班人员"),
}
GROUNDS: Mapping[str, Words] = {
    "consent": Words("your consent", "本人同意"),
    "duty": Words("a duty laid down by law", "法定职责"),
    "contract": Words("a contract that you are party to", "本人作为当事人的合同"),
    "application": Words("an application that you made", "本人提出的申请"),
    "authentication": Words("your own request, after you had signed in", "本人经身份验证的请求"),
    "proof": Words("a document that proves the right", "证明其权利的文件"),
    "sandbox": Words("a trial on synthetic people", "虚拟数据试用"),
    "none": Words("none: nothing was released", "无（未提供任何信息）"),
}
GROUPS: Mapping[str, Words] = {
    "identity": Words("Identity", "身份"),
    "contact": Words("Contact and address", "联系方式与住址"),
    "marital": Words("Marriage", "婚姻"),
    "occupation": Words("Employment", "职业"),
    "loans_cards": Words("Loans and cards", "贷款与信用卡"),
    "repayment": Words("Repayment", "还款记录"),
    "inquiries": Words("Inquiries", "查询记录"),
    "follows_annotated_record": Words("Annotations", "标注"),
    "social_insurance": Words("Social insurance", "社会保险"),
    "medical_enrolment": Words("Medical insurance", "医疗保险参保"),
    "consent_amounts": Words("Amounts by written consent", "须书面同意的金额"),
    "housing_fund": Words("Housing fund", "住房公积金"),
    "tax": Words("Tax", "税务"),
    "court": Words("Courts", "司法"),
    "penalties": Words("Penalties", "行政处罚"),
    "licences_honours": Words("Licences and honours", "许可与荣誉"),
    "utilities": Words("Utilities", "公用事业"),
    "social_assistance": Words("Social assistance", "社会救助"),
}
"""Release groups of the standard."""
SHORTFALLS: Mapping[str, tuple[Words, Words]] = {
    "SOURCE_UNAVAILABLE": (
        Words("A department did not answer: this profile is not whole.", "有部门未能应答：本次结果不完整。"),
        Words("Ask again later; what is missing is not absent.", "请稍后再查询；缺少的信息不等于没有。"),
    ),
    Bad.VALUE.value: (
        Words(
            "A department's value does not fit the standard and is withheld.", "部门提供的某个值不符合标准，不予提供。"
        ),
        Words("The department has been told; ask again later.", "已计入该部门的无效值；请稍后再查询。"),
    ),
    Conflict.code: (
        Words("A department holds values that differ, and none is chosen.", "部门持有互不一致的值，平台不作选择。"),
        Words("What each source says stands in disclosure.conflicts.", "各数据源的值见 disclosure.conflicts。"),
    ),
}
"""Errors beside data: what is missing from a profile, and what to do."""
TREATMENTS: Mapping[str, Words] = {
    "FULL": Words("in full", "完整内容"),
    "MASKED": Words("with parts hidden", "部分隐去"),
    "BANDED": Words("as a range only", "仅区间"),
    "EXISTS": Words("only whether there is any", "仅有无"),
    "WITHHELD": Words("nothing", "未提供"),
}
STATES: Mapping[str, Words] = {
    "DELIVERED": Words("it answered", "已提供"),
    "ABSENT": Words("it has nothing on you", "无记录"),
    "WITHHELD": Words("it was not asked: a rule forbids it", "按规定未查询"),
    "NOT_CONSENTED": Words("it was not asked: you had not agreed to it", "未经同意，未查询"),
    "UNAVAILABLE": Words("it could not be reached", "部门系统不可用"),
    "TIMEOUT": Words("it did not answer in time", "部门系统超时"),
    "STALE": Words("it answered with data older than it should be", "已提供，数据未及时更新"),
    "CONFLICT": Words("it answered; its records contradict each other", "已提供，记录之间有矛盾"),
    "DISPUTED": Words("it answered; a record is marked as disputed", "已提供，含异议标注"),
}


def of(table: Mapping[str, Words], code: str) -> Words:
    """The words of a code; of one that the table does not know, the code itself."""
    return table.get(code, Words(code, code))


def sentence(code: str) -> Words:
    """What a code of a refusal, or of an error beside data, says; the code itself where none of today has it."""
    if code in SHORTFALLS:
        return SHORTFALLS[code][0]
    kind = _kinds().get(code)
    return Words(kind().message, kind.zh) if kind else Words(code, code)


def advice(code: str) -> Words:
    """What whoever meets this code can do; empty where none of today has it."""
    if code in SHORTFALLS:
        return SHORTFALLS[code][1]
    kind = _kinds().get(code)
    return Words(kind.help, kind.help_zh) if kind else Words("", "")


def codes() -> list[str]:
    """Every code that `sentence` and `advice` have words for."""
    return sorted({*_kinds(), *SHORTFALLS})


@cache
def _kinds() -> dict[str, type[Refusal]]:
    found: dict[str, type[Refusal]] = {}
    waiting = [Refusal]
    while waiting:
        kind = waiting.pop()
        found.setdefault(kind.code, kind)
        waiting += kind.__subclasses__()
    return found
