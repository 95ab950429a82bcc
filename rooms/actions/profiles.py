"""A name put right, and what its courses have to hear of it (S3, S5).

Invariant: what members of a course call somebody follows from the names: given name and initial of a student in a
school, the full name among adults. Staff who are "Ms. Rivera" to their courses stay so until they write another.
"""

from allauth.account.models import EmailAddress
from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.actions.access import bump_access
from accounts.actions.members import check_name
from accounts.actor import Actor
from accounts.errors import NotAllowed, NotFound
from accounts.models import Member, ProfileField
from rooms.actions.enrollments import bump_roster
from rooms.models import Course
from rooms.queries.standings import active_links


def correct_name(actor: Actor, member: Member, *, name: str, given_name: str, course_name: str = "") -> Member:
    """The member's own, a young student's too. `course_name` is for whose name in courses is one of its own.
    Raises NotAllowed, FieldInvalid."""
    if actor.member_id != member.pk:
        raise NotAllowed
    wanted = {"name": _plain(name), "given_name": _plain(given_name)}
    check_name(wanted["name"], field="name")
    check_name(wanted["given_name"], field="given_name", most=60)
    wanted["course_name"] = _course_name(member, wanted["name"], wanted["given_name"], _plain(course_name))
    check_name(wanted["course_name"], field="course_name" if has_own_course_name(member) else "name", most=80)
    changes = {field: value for field, value in wanted.items() if getattr(member, field) != value}
    if changes:
        _keep(actor, member, changes)
    return member


def has_own_course_name(member: Member) -> bool:
    return not member.is_k12 and member.course_name != member.name


def _course_name(member: Member, name: str, given_name: str, own: str) -> str:
    if has_own_course_name(member):
        return own
    if not member.is_k12:
        return name
    words = name.split()
    initial = next((letter for letter in words[-1] if letter.isalpha()), "") if len(words) > 1 else ""
    return f"{given_name} {initial.upper()}." if initial else given_name


def _plain(name: str) -> str:
    return " ".join(part for part in name.split(" ") if part)


def _keep(actor: Actor, member: Member, changes: dict[str, str]) -> None:
    """Rosters are read again by every page that shows one."""
    with transaction.atomic():
        bump_access([member.pk], reason="name corrected")
        Member.objects.filter(pk=member.pk).update(**changes)
        for course in Course.objects.filter(enrollments__member=member).order_by("pk"):
            bump_roster(course)
        audit.record(actor, "member.name_corrected", member, subject=member.pk, fields=sorted(changes))
    for field, value in changes.items():
        setattr(member, field, value)


def delete_for_child(actor: Actor, child: Member, field: str) -> None:
    """A young student corrects, the linked parent deletes (S5): the child's own email address, and whatever stood in
    the profile. Raises NotFound for whoever isn't linked, NotAllowed once the student is 14."""
    linked = active_links(timezone.now()).filter(guardian=actor.member_id, child=child.pk)
    if actor.member_id is None or not linked.exists():
        raise NotFound
    if not child.is_protected_on(timezone.localdate()) or field == ProfileField.Field.NAME:
        raise NotAllowed
    with transaction.atomic():
        bump_access([child.pk], reason="profile")
        ProfileField.objects.filter(member=child, field=field).delete()
        if field == ProfileField.Field.EMAIL:
            EmailAddress.objects.filter(user=child).delete()
            Member.objects.filter(pk=child.pk).update(email=None)
        audit.record(actor, "profile.field_deleted", child, subject=child.pk, field=field)
