"""Who may write what about schools, consent and guardians. Rights are facts: grants, memberships, links.

Invariant: to somebody without the right, a thing that isn't theirs and one that doesn't exist are the same NotFound.
"""

from accounts.actor import Actor
from accounts.errors import NotAllowed, NotFound
from accounts.models import Member
from consent.models import Grant, School
from consent.queries.children import guardians_of
from consent.queries.schools import administered_schools, has_grant, student_memberships


def require_operator(actor: Actor) -> None:
    """Schools, agreements and the duties of the site are the operator's."""
    if not (actor.is_system or has_grant(actor.member_id, Grant.Kind.OPERATOR)):
        raise NotFound


def require_school_admin(actor: Actor, school: School) -> None:
    if not (actor.is_system or has_grant(actor.member_id, Grant.Kind.SCHOOL_ADMIN, school.pk)):
        raise NotFound


def require_may_list(actor: Actor, school: School) -> None:
    """A school's networks are its administrators' and the operator's."""
    if not has_grant(actor.member_id, Grant.Kind.OPERATOR):
        require_school_admin(actor, school)


def require_may_give(actor: Actor, kind: Grant.Kind, school: School | None) -> None:
    """An administrator names the instructors, moderators and supervisors of their school; the operator all others."""
    if actor.is_system or has_grant(actor.member_id, Grant.Kind.OPERATOR):
        return
    if school is None:
        raise NotFound
    require_school_admin(actor, school)
    if kind in (Grant.Kind.SCHOOL_ADMIN, Grant.Kind.OPERATOR):
        raise NotAllowed


def school_for_consent(actor: Actor, child: Member) -> School:
    """The school in whose name the actor records a consent: one of the child's that they administer."""
    memberships = student_memberships([child.pk])
    if not actor.is_system:
        memberships = memberships.filter(school__in=administered_schools(actor.member_id or 0))
    if (membership := memberships.first()) is None:
        raise NotFound
    return membership.school


def require_may_ask_again(actor: Actor, child: Member) -> None:
    """The child who waits, and the school."""
    if actor.member_id != child.pk:
        school_for_consent(actor, child)


def guardian_behind(actor: Actor, child: Member) -> Member | None:
    """The linked guardian who asks, if the actor is one: each may take their yes back for themselves (S20)."""
    return next((guardian for guardian in guardians_of([child.pk])[child.pk] if guardian.pk == actor.member_id), None)
