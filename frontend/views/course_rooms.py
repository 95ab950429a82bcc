"""The rooms of a course for its staff: new ones, their names, who writes in them, who is in a group, their end; and the
records of those that are archived, for whoever could read them."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.errors import NotAllowed, NotFound
from accounts.models import Member
from frontend.chat_rows import rows_of
from frontend.course_forms import READ_ONLY, NewRoomForm, RoomForm
from frontend.course_pages import accepted, attempt, course_page
from frontend.views.admission import MemberRequest, admitted
from rooms.actions.course_rooms import archive_room, change_room, restore_room
from rooms.actions.courses import add_room
from rooms.actions.rooms import open_group, seat_in_group, take_out_of_group
from rooms.models import Course, Room
from rooms.queries.courses import CoursePlace, course_place
from rooms.queries.people import PersonLine, people_of_course
from rooms.queries.records import record_page
from rooms.queries.rooms import group_sizes, rooms_of_course, seated_in

BOTH = require_http_methods(["GET", "HEAD", "POST"])


def staffed(request: MemberRequest, course_id: int) -> CoursePlace:
    """The course, for its staff. Raises NotFound, NotAllowed."""
    place = course_place(request.user.pk, course_id)
    if not place.is_staff:
        raise NotAllowed
    return place


def room_of(place: CoursePlace, room_id: int) -> Room:
    """A course or group room; a chat of two is not the staff's to change. Raises NotFound."""
    room = next((room for room in rooms_of_course(place.course) if room.pk == room_id), None)
    if room is None:
        raise NotFound
    return room


def insiders(place: CoursePlace) -> list[PersonLine]:
    """Who is in the course now: staff first, then students."""
    people = [line for line in people_of_course(place) if line.is_inside]
    return sorted(people, key=lambda line: not line.enrollment.is_staff)


@BOTH
@admitted
def course_rooms(request: MemberRequest, course_id: int) -> HttpResponse:
    place = staffed(request, course_id)
    people = insiders(place)
    choices = [(line.member.pk, line.name) for line in people if line.member.pk != request.user.pk]
    form = NewRoomForm(request.POST if request.method == "POST" else None, people=choices)
    if request.method == "POST" and accepted(form, lambda: _open(request, place.course, form, people)):
        messages.success(request, _("The room is there. Open pages show it."))
        return redirect("course_rooms", course_id)
    rooms = rooms_of_course(place.course)
    sizes = group_sizes(rooms)
    return course_page(
        request,
        place,
        "course_rooms",
        "rooms",
        form=form,
        open_rooms=[(room, sizes.get(room.pk, 0)) for room in rooms if room.state != Room.State.ARCHIVED],
        archived=[room for room in rooms if room.state == Room.State.ARCHIVED],
    )


def _open(request: MemberRequest, course: Course, form: NewRoomForm, people: list[PersonLine]) -> Room:
    title = form.cleaned_data["title"]
    if form.cleaned_data["kind"] == Room.Kind.GROUP:
        chosen = set(form.cleaned_data["members"])
        members = [line.member for line in people if str(line.member.pk) in chosen]
        return open_group(request.actor, course, title=title, members=members)
    return add_room(request.actor, course, title=title, posting=form.said["posting"])


@BOTH
@admitted
def course_room(request: MemberRequest, course_id: int, room_id: int) -> HttpResponse:
    """One room: its name, who writes in it, who is in the group."""
    place = staffed(request, course_id)
    room = room_of(place, room_id)
    form = RoomForm(request.POST if request.method == "POST" else None, initial=_now(room))
    if request.method == "POST" and accepted(form, lambda: change_room(request.actor, room, **form.said)):
        messages.success(request, _("Saved. Open pages show it."))
        return redirect("course_room", course_id, room_id)
    group = _group(place, room) if room.kind == Room.Kind.GROUP else None
    return course_page(request, place, "course_rooms", "room", form=form, room=room, group=group)


def _now(room: Room) -> dict[str, str]:
    writers = READ_ONLY if room.state == Room.State.CLOSED else room.posting
    return {"title": room.title, "writers": writers, "posting": room.posting}


@dataclass(frozen=True, slots=True)
class Group:
    """Who is in a group room, and who of the course isn't."""

    inside: list[PersonLine]
    outside: list[PersonLine]


def _group(place: CoursePlace, room: Room) -> Group:
    seated, people = seated_in(room), insiders(place)
    return Group(
        inside=[line for line in people if line.member.pk in seated],
        outside=[line for line in people if line.member.pk not in seated],
    )


@require_POST
@admitted
def seat(request: MemberRequest, course_id: int, room_id: int) -> HttpResponse:
    """Somebody of the course comes into the group."""
    place = staffed(request, course_id)
    room, member = room_of(place, room_id), _member(place, request.POST.get("member", ""))
    said = _("%(name)s is in the group.") % {"name": member.course_name}
    attempt(request, lambda: seat_in_group(request.actor, room, [member]), said)
    return redirect("course_room", course_id, room_id)


@require_POST
@admitted
def unseat(request: MemberRequest, course_id: int, room_id: int) -> HttpResponse:
    place = staffed(request, course_id)
    room, member = room_of(place, room_id), _member(place, request.POST.get("member", ""))
    said = _("%(name)s is out of the group, and in the course as before.") % {"name": member.course_name}
    attempt(request, lambda: take_out_of_group(request.actor, room, member), said)
    return redirect("course_room", course_id, room_id)


def _member(place: CoursePlace, chosen: str) -> Member:
    row = place.course.enrollments.filter(member=int(chosen) if chosen.isdecimal() else 0).first()
    if row is None:
        raise NotFound
    return row.member


@require_POST
@admitted
def archive(request: MemberRequest, course_id: int, room_id: int) -> HttpResponse:
    room = room_of(staffed(request, course_id), room_id)
    said = _("%(room)s is archived: out of the list, and still to be read.") % {"room": room.title}
    attempt(request, lambda: archive_room(request.actor, room), said)
    return redirect("course_rooms", course_id)


@require_POST
@admitted
def restore(request: MemberRequest, course_id: int, room_id: int) -> HttpResponse:
    room = room_of(staffed(request, course_id), room_id)
    said = _("%(room)s is back in the list.") % {"room": room.title}
    attempt(request, lambda: restore_room(request.actor, room), said)
    return redirect("course_rooms", course_id)


@dataclass(frozen=True, slots=True)
class Reader:
    """Nothing is new in a record."""

    my_seat: int
    unread: int = 0
    read_seq: int = 0


@require_safe
@admitted
def record(request: MemberRequest, course_id: int, room_id: int) -> HttpResponse:
    """An archived room, fifty messages at a time: to be read, and nothing else."""
    place = course_place(request.user.pk, course_id)
    before = request.GET.get("before", "")
    page = record_page(request.user.pk, room_id, before=int(before) if before.isdecimal() else None)
    if page.standing.room.course_id != course_id:
        raise NotFound
    rows = rows_of(page.messages, Reader(page.standing.seat), page.roster)
    return course_page(request, place, "course", "record", page=page, rows=list(rows), is_newest=not before)
