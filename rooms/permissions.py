"""Who may do what in a room or a course. Each answers by raising the error that a person reads, or by returning."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from accounts.errors import EditWindowOver, Muted, NotAllowed, NotFound, RoomClosed
from accounts.models import Member
from consent.models import School
from consent.queries.schools import student_memberships
from rooms.models import Course, Enrollment, Message, Room
from rooms.queries.courses import candidates, is_confirmed, may_be_staff, meets_people, posts_of
from rooms.queries.places import places_for
from rooms.queries.standings import Standing, active_enrollments

ARCHIVED = _("This course is archived: it can be read, and nothing in it changes.")
UNCONFIRMED = _("Nobody can come into this course yet. The school has to confirm its instructor first.")
UNCONFIRMED_ALONE = _("Nobody can come into this course yet. Its instructor has to be confirmed first.")
UNCONFIRMED_SELF = _("You can't invite anybody yet. You have to be confirmed as an instructor first.")
NOT_FOR_YOUNG = _("This course is of no school, and so it is not for students of 13 or under.")


def reach(member_id: int | None, room_id: int) -> Standing:
    """The room through the member, whom the gate lets in. What is not theirs is not found, just as what does not
    exist."""
    standing = places_for(member_id).standings.get(room_id) if member_id is not None else None
    if standing is None:
        raise NotFound
    return standing


def can_post(standing: Standing, now: datetime) -> None:
    if not standing.seat:
        raise NotAllowed
    if standing.room.state != Room.State.OPEN:
        raise RoomClosed
    if standing.room.posting == Room.Posting.STAFF and not standing.is_staff:
        raise NotAllowed
    if standing.muted_until is not None and standing.muted_until > now:
        raise Muted(until=standing.muted_until)


def can_edit(standing: Standing, message: Message, now: datetime) -> None:
    """One's own, not removed, within the school's window (U19)."""
    can_post(standing, now)
    if message.author_id != standing.member_id or message.removed_at is not None:
        raise NotAllowed
    if now - message.at > timedelta(seconds=standing.edit_seconds):
        raise EditWindowOver


def can_remove(standing: Standing, message: Message) -> bool:
    """One's own at any time; a student's by staff, who give a reason. Returns whether it is a moderation."""
    if message.author_id == standing.member_id and standing.seat:
        return False
    if standing.is_staff and _is_student(standing, message.author_id):
        return True
    raise NotAllowed


def can_open_removed(standing: Standing) -> None:
    """Instructors, in the rooms of their course. In a chat of two what is removed is gone for the other one: it takes
    a reason and a second person (S17, S41)."""
    if standing.role != Enrollment.Role.INSTRUCTOR or standing.room.kind == Room.Kind.DIRECT:
        raise NotAllowed


def can_moderate(standing: Standing) -> None:
    if not standing.is_staff:
        raise NotAllowed


def can_mute(standing: Standing, member_id: int) -> None:
    can_moderate(standing)
    if not _is_student(standing, member_id):
        raise NotAllowed


# Courses


def must_be_staff(actor: Actor, course: Course) -> None:
    """Somebody else's course is not found; what is archived stays as it is."""
    _must_be(actor, course, lambda row: row.is_staff)


def must_lead(actor: Actor, course: Course) -> None:
    """An instructor who stays: a substitute and an assistant teach, and change neither the course nor its staff."""
    _must_be(actor, course, lambda row: row.leads)


def _must_be(actor: Actor, course: Course, is_right: Callable[[Enrollment], bool]) -> None:
    if not actor.is_system:
        row = enrollment_of(actor, course)
        if not is_right(row):
            raise NotAllowed
    if course.archived_at is not None:
        raise NotAllowed(ARCHIVED)


def enrollment_of(actor: Actor, course: Course) -> Enrollment:
    """The actor's own, now. Raises NotFound."""
    row = active_enrollments(timezone.now()).filter(course=course, member=actor.member_id).first()
    if row is None:
        raise NotFound
    return row


def can_create_course(actor: Actor, school: School | None) -> None:
    """An instructor of the school or of no school, confirmed or not yet; the school's administrator (S1)."""
    if actor.is_system:
        return
    posts = posts_of(actor.member_id) if actor.member_id is not None else []
    if not any(post.school_id == (school.pk if school is not None else None) for post in posts):
        raise NotAllowed


def must_instruct(actor: Actor, course: Course) -> None:
    """An instructor, a substitute too, while the course is no record."""
    _must_be(actor, course, lambda row: row.role == Enrollment.Role.INSTRUCTOR)


def can_let_in(actor: Actor, course: Course) -> None:
    """Codes and invitations are the instructors', where anybody may come in."""
    must_instruct(actor, course)
    can_be_joined(course)


def can_invite(actor: Actor, course: Course, role: str) -> None:
    """Somebody's address is written to by a person who is confirmed where the course is taught, however many others
    are (S1, S13). Staff are invited by who may appoint them."""
    can_let_in(actor, course)
    if role != Enrollment.Role.STUDENT:
        must_lead(actor, course)
    if actor.member_id is None or actor.member_id not in is_confirmed([actor.member_id], course):
        raise NotAllowed(UNCONFIRMED_SELF)


def can_be_joined(course: Course, member: Member | None = None) -> None:
    """Whether anybody may come in, or this one: asked before inviting, and in the transaction that lets somebody in.

    Nobody comes to an instructor whom nobody has confirmed. An independent course is not for students of 13 or under;
    a school's takes young ones from its own list alone (S1, S18).
    """
    if course.archived_at is not None:
        raise NotAllowed(ARCHIVED)
    if not meets_people(course):
        raise NotAllowed(UNCONFIRMED if course.school_id is not None else UNCONFIRMED_ALONE)
    if member is not None and member.is_protected_on(timezone.localdate() - timedelta(days=1)):
        _young_joins(course, member)


def _young_joins(course: Course, member: Member) -> None:
    """Asked a day longer than the birthday: whose midnight counts is the gate's matter."""
    if course.school_id is None:
        raise NotAllowed(NOT_FOR_YOUNG)
    if not student_memberships([member.pk]).filter(school=course.school_id).exists():
        raise NotAllowed


def can_appoint(course: Course, member: Member, role: str) -> None:
    """Chosen from those whom the school knows: nobody is made staff by an address typed (S1)."""
    if member not in candidates(course):
        raise NotFound
    can_be_staff(course, member, role)


def can_be_staff(course: Course, member: Member, role: str) -> None:
    """Whoever teaches is confirmed; whoever helps works for the school or, where there is none, is grown up."""
    if not may_be_staff(course, member):
        raise NotAllowed(_("Only somebody whom the school knows as its staff can teach or help here."))
    if role == Enrollment.Role.INSTRUCTOR and not is_confirmed([member.pk], course):
        raise NotAllowed(_("Only a confirmed instructor can teach here. Assistant is possible."))


def can_take_out(actor: Actor, course: Course, row: Enrollment) -> None:
    """Staff take out students; who stays as an instructor takes out staff too. Oneself one can always take out."""
    if row.member_id == actor.member_id:
        return
    if row.is_staff:
        must_lead(actor, course)
    else:
        must_be_staff(actor, course)


def _is_student(standing: Standing, member_id: int) -> bool:
    return Enrollment.objects.filter(
        course=standing.room.course_id, member=member_id, role=Enrollment.Role.STUDENT
    ).exists()
