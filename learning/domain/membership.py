"""What a person is at an organization, and why she may be away from it."""

from enum import StrEnum


class Audience(StrEnum):
    """Of which of the groups that courses are made for a person is."""

    CADRE = "cadre"
    CIVIL_SERVANT = "civil_servant"
    PUBLIC_EMPLOYEE = "public_employee"
    TEAM_MEMBER = "team_member"
    CITIZEN = "citizen"


class Absence(StrEnum):
    """Why a person is away: her figures stand nowhere until she is back."""

    LEAVE = "leave"
    SECONDMENT = "secondment"
    RETIREMENT = "retirement"
