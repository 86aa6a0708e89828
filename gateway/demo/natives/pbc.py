"""The bank's credit register: English abbreviations, fen, `YYYYMMDD` with fillers, deletion flags, own codes."""

from __future__ import annotations

from datetime import date

from sqlalchemy import BigInteger, Column, Integer, MetaData, String, Table

from gateway.demo.life import Card, Life, Loan
from gateway.demo.months import compact
from gateway.demo.natives.writing import NEVER, Rows, compact_day, report_day

METADATA = MetaData()


def _table(name: str, key: str, *columns: Column[object], unique: bool = True) -> Table:
    return Table(
        name,
        METADATA,
        Column(key, String(40), primary_key=unique, nullable=False),
        Column("ID_NO", String(18), index=True),
        *columns,
        Column("RPT_DT", String(8)),
    )


CONTACT = _table(
    "CONT_INFO",
    "REC_NO",
    Column("MOB_NO", String(20)),
    Column("RES_ADDR", String(200)),
    Column("RES_STAT", String(2)),
)
OCCUPATION = _table("OCCU_INFO", "REC_NO", Column("EMP_STAT", String(2)), Column("EMP_NM", String(100)))
LOAN = _table(
    "LN_ACCT",
    "ACCT_ID",
    Column("ORG_CD", String(20)),
    Column("ACCT_TP", String(2)),
    Column("BIZ_TP", String(2)),
    Column("OPEN_DT", String(8)),
    Column("DUE_DT", String(8)),
    Column("LN_AMT", BigInteger),
    Column("CR_LMT", BigInteger),
    Column("GUAR_TP", String(1)),
    Column("ACCT_STAT", String(2)),
    Column("CLS5", String(1)),
    Column("LN_BAL", BigInteger),
    Column("CUR_DUE", BigInteger),
    Column("ODUE_TERMS", Integer),
    Column("ODUE_AMT", BigInteger),
    Column("DLQ_END_DT", String(8)),
    Column("CLS_DT", String(8)),
    Column("DEL_FLAG", String(1)),
)
CARD = _table(
    "CRD_ACCT",
    "ACCT_ID",
    Column("ORG_CD", String(20)),
    Column("ACCT_TP", String(2)),
    Column("OPEN_DT", String(8)),
    Column("CR_LMT", BigInteger),
    Column("ACCT_STAT", String(2)),
    Column("USED_AMT", BigInteger),
    Column("AVG6_AMT", BigInteger),
    Column("CUR_DUE", BigInteger),
    Column("ODUE_AMT", BigInteger),
    Column("DLQ_END_DT", String(8)),
    Column("CLS_DT", String(8)),
    Column("DEL_FLAG", String(1)),
)
MONTH = _table(
    "PAY_MON",
    "REC_NO",
    Column("ACCT_ID", String(40)),
    Column("YM", String(6)),
    Column("PAY_STAT", String(1)),
    Column("DLQ_END_DT", String(8)),
)
SPECIAL = _table(
    "SPC_TXN", "REC_NO", Column("ACCT_ID", String(40)), Column("TXN_TP", String(2)), Column("TXN_DT", String(8))
)
LIABILITY = _table(
    "REL_LIAB",
    "REC_NO",
    Column("LIAB_TP", String(1)),
    Column("LIAB_AMT", BigInteger),
    Column("CLS5", String(1)),
    Column("DLQ_END_DT", String(8)),
)
INQUIRY = _table(
    "INQ_REC",
    "INQ_NO",
    Column("INQ_DT", String(8)),
    Column("INQ_TP", String(2)),
    Column("INQ_ORG", String(20)),
    Column("INQ_RSN", String(2)),
    unique=False,
)
ANNOTATION = _table(
    "ANNO",
    "REC_NO",
    Column("OBJ_CD", String(60)),
    Column("ANN_TP", String(1)),
    Column("ANN_TXT", String(400)),
    Column("ADD_DT", String(8)),
)

_ACCOUNT_TYPES = {"D1": "01", "R1": "02", "R4": "03", "R2": "11", "R3": "12", "C1": "09"}
_CATEGORIES = dict(zip("1234569", "ABCDEFZ", strict=True))


def rows(life: Life, day: date) -> Rows:
    on = compact_day(report_day(day))
    for place, contact in enumerate(life.contacts, 1):
        cells = (contact.mobile, contact.address, contact.residence_status, on)
        yield CONTACT, (life.key(place), life.number_in("CONT_INFO"), *cells)
    if life.employment_status:
        employer = life.spells[-1].employer if life.spells else None
        yield OCCUPATION, (life.key(1), life.number_in("OCCU_INFO"), life.employment_status, employer, on)
    for loan in life.loans:
        yield LOAN, _loan(life, loan, on)
        yield from _months(life, loan, on)
    for card in life.cards:
        yield CARD, _card(life, card, on)
        yield from _months(life, card, on)
    for place, special in enumerate(life.special_transactions, 1):
        cells = (special.account, special.kind, compact_day(special.occurred_on), on)
        yield SPECIAL, (life.key(place), life.number_in("SPC_TXN"), *cells)
    for place, liability in enumerate(life.liabilities, 1):
        cells = (liability.kind, liability.amount, _CATEGORIES[liability.five_category])
        ended = compact_day(liability.delinquency_ended_on)
        yield LIABILITY, (life.key(place), life.number_in("REL_LIAB"), *cells, ended, on)
    for place, inquiry in enumerate(life.inquiries, 1):
        cells = (compact_day(inquiry.on), inquiry.inquirer_type, inquiry.inquirer, inquiry.reason, on)
        row = (life.key(place), life.number_in("INQ_REC"), *cells)
        yield INQUIRY, row
        if (life.serial + place) % 23 == 0:  # delivered twice, as happens between two reporting systems
            yield INQUIRY, row
    for place, annotation in enumerate(life.annotations, 1):
        cells = (annotation.object, annotation.kind, annotation.content, compact_day(annotation.added_on), on)
        yield ANNOTATION, (life.key(place), life.number_in("ANNO"), *cells)


def _loan(life: Life, loan: Loan, on: str) -> tuple[str | int | None, ...]:
    revolving = loan.account_type == "R1"
    return (
        loan.account,
        life.number_in("LN_ACCT"),
        loan.institution,
        _ACCOUNT_TYPES[loan.account_type],
        loan.business_type,
        compact_day(loan.opened_on),
        compact_day(loan.due_on),
        None if revolving else loan.amount,
        loan.amount if revolving else None,
        loan.guarantee_type,
        loan.status + "0",
        _CATEGORIES[loan.five_category],
        loan.balance,
        loan.due_this_month,
        loan.overdue_terms,
        loan.overdue_amount,
        compact_day(loan.delinquency_ended_on),
        compact_day(loan.closed_on, NEVER),
        "0",
        on,
    )


def _card(life: Life, card: Card, on: str) -> tuple[str | int | None, ...]:
    return (
        card.account,
        life.number_in("CRD_ACCT"),
        card.institution,
        _ACCOUNT_TYPES[card.account_type],
        compact_day(card.opened_on),
        card.limit,
        card.status.ljust(2, "0"),
        card.used,
        card.average_used,
        card.due_this_month,
        card.overdue_amount,
        compact_day(card.delinquency_ended_on),
        compact_day(card.closed_on, NEVER),
        "0",
        on,
    )


def _months(life: Life, account: Loan | Card, on: str) -> Rows:
    number, ended = life.number_in("PAY_MON"), compact_day(account.delinquency_ended_on)
    for month, status in account.months:
        written = compact(month)
        yield MONTH, (account.account + written, number, account.account, written, status, ended, on)
