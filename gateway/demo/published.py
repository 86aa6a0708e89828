"""The published test people: who they are, and what may be seen of them. Their lives are told in `stories`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TestPerson:
    """One person to try the gateway on; the id number never changes."""

    __test__ = False  # not a test, whatever its name makes pytest think

    id_number: str
    tags: tuple[str, ...]
    """The first one names the person."""
    name: str
    story: str
    bank: str
    """What a bank sees for a loan approval."""
    own: str
    """What the person sees."""


_ALL = "everything"
_BY_CONSENT = "a refusal, the same whether the person exists or not"
_LIKE_NOBODY = "absence in every section, as if there were no such person"

TEST_PEOPLE: tuple[TestPerson, ...] = (
    TestPerson(
        "530199199003070015",
        ("clean",),
        "张伟",
        "Steady work, four accounts with three lenders, never late, insured and saving without a gap.",
        "accounts without a blemish; own code in clear, other lenders as pseudonyms",
        _ALL,
    ),
    TestPerson(
        "530199199908200021",
        ("thin-file",),
        "李娜",
        "Began to work seven months ago; no loan, no card.",
        "no account and seven insured months, as a band",
        _ALL,
    ),
    TestPerson(
        "530199198204110015",
        ("default-ended-4y11m",),
        "王强",
        "A year of arrears on a loan, sued, paid by the guarantor 4 years and 11 months ago; clean since.",
        "the late months, the guarantor's payment, the judgment and the fulfilled enforcement case",
        _ALL,
    ),
    TestPerson(
        "530199198309020024",
        ("default-ended-5y1m",),
        "赵敏",
        "The same default, ended 5 years and 1 month ago.",
        "the loan as a loan; nothing negative in lists, has… or summary",
        "everything, the old default too",
    ),
    TestPerson(
        "530199197911050053",
        ("disputed",),
        "陈刚",
        "Disputes one of two loans, which the bank reports as in arrears.",
        "both loans, the disputed one with its mark",
        "everything, with the dispute and its statement",
    ),
    TestPerson(
        "530199198602170048",
        ("repaired-penalty",),
        "刘洋",
        "Fined ten months ago, paid, repaired four months ago.",
        "no penalty: repair ends publication, sharing and use",
        "the penalty, and the decision that repaired it",
    ),
    TestPerson(
        "530199201405010015",
        ("minor",),
        "周子涵",
        "A child; consents stand, and must open nothing.",
        _LIKE_NOBODY,
        "no token: guardians act for minors",
    ),
    TestPerson(
        "530199195110010036",
        ("deceased",),
        "吴建国",
        "Died; a loan was settled before, a fund account remains.",
        _LIKE_NOBODY,
        "nothing any more; near relatives under ESTATE",
    ),
    TestPerson(
        "530199199206150031",
        ("same-name-a",),
        "李明",
        "Shares the name 李明 with another person; one clean loan.",
        "one loan, none of the other's penalty",
        _ALL,
    ),
    TestPerson(
        "530199198812080075",
        ("same-name-b",),
        "李明",
        "Shares the name 李明 with another person; one published penalty, no loan.",
        "one penalty, none of the other's loan",
        _ALL,
    ),
    TestPerson(
        "530199199101090028",
        ("middle-dot-name",),
        "阿依\u00b7玉香",
        "A name with a middle dot (U+00B7), common among Yunnan's minorities.",
        "the name masked part by part: 阿*·玉*",
        _ALL,
    ),
    TestPerson(
        "530199198707230019",
        ("rare-characters",),
        "𠅤㛃䶮",
        "A name of rare characters (GB 18030), one of them outside the basic plane.",
        "the name masked by characters, none of them broken",
        _ALL,
    ),
    TestPerson(
        "530199197801010034",
        ("old-15-digit-id",),
        "段和平",
        "Every department but police, courts, market regulation and credit office still holds the 15-digit number.",
        "the same as under the 18-digit number",
        "everything, under either form",
    ),
    TestPerson(
        "530199199010100040",
        ("no-consent",),
        "马丽",
        "Has consented to nothing.",
        _BY_CONSENT + ": CONSENT_REQUIRED",
        _ALL,
    ),
    TestPerson(
        "530199198403030018",
        ("consent-revoked",),
        "普春",
        "Revoked the only consent.",
        _BY_CONSENT + ": CONSENT_REVOKED",
        _ALL,
    ),
    TestPerson(
        "530199199305270020",
        ("consent-used-up",),
        "和燕",
        "The only consent was for one use and has been used.",
        _BY_CONSENT + ": CONSENT_USED_UP",
        _ALL,
    ),
    TestPerson(
        "530199198108080039",
        ("consent-expired",),
        "木德昌",
        "The only consent ended five weeks ago.",
        _BY_CONSENT + ": CONSENT_EXPIRED",
        _ALL,
    ),
    TestPerson(
        "53019919890404002X",
        ("consent-single-use",),
        "白雪",
        "Five consents to bank A, each for one loan approval.",
        "one profile for each consent, then CONSENT_USED_UP",
        _ALL,
    ),
    TestPerson(
        "530199199409190017",
        ("consent-written-amounts",),
        "罗俊杰",
        "Named contribution base, fund balance and tax amount in writing, and not the monthly contribution.",
        "the three amounts in full, the monthly contribution withheld",
        _ALL,
    ),
    TestPerson(
        "530199198501300026",
        ("source-down",),
        "朱静",
        "The housing fund does not answer about this person.",
        "SOURCE_UNAVAILABLE for the housing fund, all else, and complete: false",
        "the same: unavailable is not absent",
    ),
    TestPerson(
        "53019919760606001X",
        ("dishonest-debtor",),
        "徐海",
        "A judgment not fulfilled, enforcement open, on the list of dishonest debtors, restricted and punished.",
        "judgment, case, list entry, restriction and measure",
        _ALL,
    ),
    TestPerson(
        "530199197402120025",
        ("guarantor-of-bad-debt",),
        "何桂兰",
        "Clean accounts; answers for a firm's debt that is classed as a loss.",
        "a liability in category 5",
        _ALL,
    ),
    TestPerson(
        "530199199611110017",
        ("card-at-95-percent",),
        "高宇轩",
        "One card, 47,500 of 50,000 used in each of six months, never late.",
        "limit, use and six-month average",
        _ALL,
    ),
    TestPerson(
        "530199198012250021",
        ("honoured",),
        "郭秀英",
        "Honoured by the city; holds a licence and a qualification.",
        "nothing of the honour: it is not for lenders",
        _ALL,
    ),
    TestPerson(
        "530199198305050031",
        ("outside-pilot",),
        "孙飞",
        "Registered in Xundian (530129), outside the pilot districts.",
        "in the pilot phase: " + _LIKE_NOBODY,
        _ALL,
    ),
    TestPerson(
        "530199199502280017",
        ("nobody",),
        "",
        "A valid number that no database holds.",
        _LIKE_NOBODY,
        "no record anywhere",
    ),
    TestPerson(
        "530199197809090040",
        ("arrears-current",),
        "胡晓梅",
        "Three months behind on a loan today.",
        "status 2, three terms and their sum overdue, months 1 2 3",
        _ALL,
    ),
    TestPerson(
        "530199198610210011",
        ("utility-two-providers",),
        "林志强",
        "Owes the water company and, separately, the power company.",
        "only that utility accounts exist",
        "both; the water company's clerk sees water alone",
    ),
    TestPerson(
        "530199198207070020",
        ("insurance-fraud",),
        "黄文静",
        "Drew unemployment benefit by fraud; decided a year ago, not repaid.",
        "the decision",
        _ALL,
    ),
    TestPerson(
        "530199197703180013",
        ("post-loan-open-account",),
        "毕云",
        "An open loan with bank A, a settled one with bank B.",
        "both for a new loan; for POST_LOAN bank A an answer and bank B absence",
        _ALL,
    ),
    TestPerson(
        "53019919900101006X",
        ("display-period-ended",),
        "施怡",
        "A general penalty whose year of publication ended two months ago.",
        "no penalty",
        "the penalty",
    ),
    TestPerson(
        "530199198808180014",
        ("delisted-debtor",),
        "尹昊天",
        "Was a dishonest debtor, fulfilled the judgment eight months ago, taken off the list three days later.",
        "judgment and fulfilled case; no list entry, restriction or measure",
        "the list entry too",
    ),
    TestPerson(
        "530199198909090026",
        ("married",),
        "杨思远",
        "Married to the next person in this list.",
        "nothing of the marriage",
        "the registration, the spouse as an opaque reference",
    ),
    TestPerson(
        "530199197505200036",
        ("spouse",),
        "木永康",
        "Married to the person before.",
        "nothing of the marriage",
        "the registration, the spouse as an opaque reference",
    ),
    TestPerson(
        "530199198506122046",
        ("repair-under-way",),
        "欧阳嘉怡",
        "A published penalty, fulfilled; has applied for its repair.",
        "the penalty, marked as under repair",
        "the same",
    ),
)
