"""What a person is at an organization, and why she may be away from it."""

from enum import StrEnum

from learning.domain.diagnostics import N_


class Audience(StrEnum):
    """Of which of the groups that courses are made for a person is."""

    CADRE = "cadre"
    CIVIL_SERVANT = "civil_servant"
    PUBLIC_EMPLOYEE = "public_employee"
    TEAM_MEMBER = "team_member"
    CITIZEN = "citizen"


AUDIENCE_NAMES: dict[Audience, str] = {
    Audience.CADRE: N_("Cadres"),
    Audience.CIVIL_SERVANT: N_("Civil servants"),
    Audience.PUBLIC_EMPLOYEE: N_("Public employees"),
    Audience.TEAM_MEMBER: N_("Community team members"),
    Audience.CITIZEN: N_("Citizens"),
}


class Absence(StrEnum):
    """Why a person is away: her figures stand nowhere until she is back."""

    LEAVE = "leave"
    SECONDMENT = "secondment"
    RETIREMENT = "retirement"
