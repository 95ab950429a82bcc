"""The tables of consent. Nothing here writes: actions do."""

from consent.models.class_cards import ClassCard
from consent.models.consents import ConsentRequest, ParentalConsent, RequestCode, Scope
from consent.models.guardians import AccessCode, GuardianLink
from consent.models.networks import SchoolNetwork
from consent.models.policies import Acceptance, Notice, Policy, PolicyVersion
from consent.models.registrations import Registration
from consent.models.schools import Grant, School, SchoolAgreement, SchoolDay, SchoolMembership
from consent.models.site import Site

__all__ = [
    "Acceptance",
    "AccessCode",
    "ClassCard",
    "ConsentRequest",
    "Grant",
    "GuardianLink",
    "Notice",
    "ParentalConsent",
    "Policy",
    "PolicyVersion",
    "Registration",
    "RequestCode",
    "School",
    "SchoolAgreement",
    "SchoolDay",
    "SchoolMembership",
    "SchoolNetwork",
    "Scope",
    "Site",
]
