"""Codes of the demo's institutions, providers and organisations, which its data, clients and consents share."""

from __future__ import annotations

BANK_A = "B10110000H0001"
BANK_B = "B10220000H0001"
BANK_C = "B10330000H0001"
RURAL_COOPERATIVE = "K10330000H0001"
CONSUMER_FINANCE = "X10440000H0001"
PERSON_SELF_SERVICE = "P10000000H0001"

INSTITUTIONS = {
    BANK_A: ("演示银行甲", "11"),
    BANK_B: ("演示银行乙", "11"),
    BANK_C: ("演示银行丙", "11"),
    RURAL_COOPERATIVE: ("演示农村信用社", "K1"),
    CONSUMER_FINANCE: ("演示消费金融公司", "24"),
}
"""Institution code → name and institution type of the standard."""

PROVIDER_WATER = "91530199MA6K000060"
PROVIDER_POWER = "91530199MA6K00014T"
PROVIDER_GAS = "91530199MA6K00022M"
PROVIDER_TELECOM = "91530199MA6K00030G"

PROVIDERS = {"UW": PROVIDER_WATER, "UP": PROVIDER_POWER, "UG": PROVIDER_GAS, "TE": PROVIDER_TELECOM}
"""Utility service → unified social credit code of its provider."""

ORGANISATION_BANK_A = "bank-a"
ORGANISATION_BANK_B = "bank-b"
ORGANISATION_RURAL_COOPERATIVE = "rural-cooperative"
ORGANISATION_FUND_CENTRE = "fund-centre"
ORGANISATION_CIVIL_AFFAIRS = "civil-affairs"
ORGANISATION_PERSONNEL_OFFICE = "personnel-office"
ORGANISATION_AGENCY = "agency-one"

PILOT_DIVISIONS = ("530102", "530103", "530111", "530112", "530181", "530114")
OTHER_DIVISIONS = ("530113", "530115", "530124", "530125", "530126", "530127", "530128", "530129")
