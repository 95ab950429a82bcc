"""The tables of consent. Nothing here writes: actions do."""

from consent.models.consents import ConsentRequest, ParentalConsent, Scope
from consent.models.guardians import AccessCode, GuardianLink
from consent.models.policies import Acceptance, Notice, Policy, PolicyVersion
from consent.models.registrations import Registration
from consent.models.schools import Grant, School, SchoolAgreement, SchoolDay, SchoolMembership

__all__ = [
    "Acceptance",
    "AccessCode",
    "ConsentRequest",
    "Grant",
    "GuardianLink",
    "Notice",
    "ParentalConsent",
    "Policy",
    "PolicyVersion",
    "Registration",
    "School",
    "SchoolAgreement",
    "SchoolDay",
    "SchoolMembership",
    "Scope",
]
