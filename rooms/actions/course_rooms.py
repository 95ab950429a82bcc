"""Rooms of a course changed after they were made: named, opened and closed for writing, archived, brought back.

Invariant: a course that isn't archived keeps one course room that isn't either, so that nobody in it stands outside.
"""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.actions.access import bump_access
from accounts.actor import Actor
from accounts.errors import FieldInvalid, NotAllowed
from rooms import permissions
from rooms.actions.courses import must_be_posting, room_title, scope_of
from rooms.actions.log import append_event
from rooms.models import Course, EventKind, Room
from rooms.queries.seats import everybody_in


def change_room(actor: Actor, room: Room, *, title: str, posting: str, is_open: bool = True) -> Room:
    """What it is called; who writes: everybody, staff alone (announcements), or nobody (`is_open` False: to be read).

    Open pages follow at once. Raises: NotFound, NotAllowed, FieldInvalid (title, posting).
    """
    _must_be_changeable(actor, room)
    if room.state == Room.State.ARCHIVED:
        raise NotAllowed(_("This room is archived. Bring it back first."))
    title = room_title(title)
    must_be_posting(posting)
    state = Room.State.OPEN if is_open else Room.State.CLOSED
    return _change(actor, room, "room.change", title=title, posting=posting, state=state)


def archive_room(actor: Actor, room: Room) -> Room:
    """Out of every list; read as a record by those who could read it. Raises: NotFound, NotAllowed."""
    _must_be_changeable(actor, room)
    return _change(actor, room, "room.archive", state=Room.State.ARCHIVED)


def restore_room(actor: Actor, room: Room) -> Room:
    """In the lists again, open. Raises: NotFound, NotAllowed."""
    _must_be_changeable(actor, room)
    return _change(actor, room, "room.restore", state=Room.State.OPEN)


def _must_be_changeable(actor: Actor, room: Room) -> None:
    permissions.must_be_staff(actor, room.course)
    if room.kind not in (Room.Kind.COURSE, Room.Kind.GROUP):  # a chat of two is its people's
        raise NotAllowed


def _change(actor: Actor, room: Room, action: str, **values: str) -> Room:
    """Nothing to change, nothing said. Who may write is a matter of access; a name is told by the event alone."""
    changed = sorted(name for name, value in values.items() if getattr(room, name) != value)
    if not changed:
        return room
    with transaction.atomic():
        if changed != ["title"]:
            bump_access(everybody_in(room), reason=action)
        Course.objects.select_for_update().get(pk=room.course_id)
        Room.objects.filter(pk=room.pk).update(**values)
        if room.kind == Room.Kind.COURSE and values.get("state") == Room.State.ARCHIVED:
            _must_keep_one(room.course)
        room.refresh_from_db(fields=list(values))
        told = {"title": room.title, "posting": room.posting, "state": room.state}
        append_event(room.pk, EventKind.ROOM_CHANGED, actor_id=actor.member_id, data=told)
        audit.record(actor, action, room, scope=scope_of(room.course), changed=changed)
    return room


def _must_keep_one(course: Course) -> None:
    """Asked after the change, under the course's lock: two who archive at once can't take the last one."""
    if not course.rooms.filter(kind=Room.Kind.COURSE).exclude(state=Room.State.ARCHIVED).exists():
        raise FieldInvalid(_("A course keeps one room for everybody. Archive the whole course instead."), field="state")
