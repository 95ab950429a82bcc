"""Three weeks of talk, written as they were spoken: through the message writer, with the clock set back."""

import uuid
from collections.abc import Mapping
from datetime import datetime

from django.utils import timezone

from accounts.models import Access, Member
from chatserver.demo.calendar import Calendar
from chatserver.demo.people import Moment
from chatserver.demo.talk import TALK, UNREAD, Say, written
from rooms.actions.log import append_event
from rooms.models import Enrollment, EventKind, Message, MessageVersion, ReadMark, Room, RoomHead, RoomMember
from rooms.queries.readers import readers_of
from rooms.queries.seats import members_at
from rooms.text import RENDERER, render
from rooms.writer import Draft, Receipt
from rooms.writer.batch import digest_of, new_salt
from rooms.writer.store import write


def write_past(calendar: Calendar, members: Mapping[str, Member], rooms: Mapping[str, Room]) -> None:
    """Fill every room with its talk and leave everybody's read marks where the story has them."""
    epochs = dict(Access.objects.values_list("member_id", "epoch"))
    for key, talk in TALK.items():
        _Telling(calendar, members, rooms[key], epochs).tell(talk)
    _mark_read(members, rooms)


class _Telling:
    """One room's talk."""

    def __init__(
        self, calendar: Calendar, members: Mapping[str, Member], room: Room, epochs: Mapping[int, int]
    ) -> None:
        self.calendar, self.members, self.room, self.epochs = calendar, members, room, epochs
        self.seats = _seats(room)
        self.seqs: dict[str, int] = {}

    def tell(self, talk: tuple[Say, ...]) -> None:
        first = RoomHead.objects.get(room=self.room).last_seq + 1
        for number, say in enumerate(talk):  # a batch takes seqs in its order, so answers know theirs beforehand
            if say.label:
                self.seqs[say.label] = first + number
        for say, outcome in zip(talk, write([self._draft(say) for say in talk]), strict=True):
            if not isinstance(outcome, Receipt):
                raise RuntimeError(f"{self.room}: {say.who} at {say.at}: {outcome}")
            self._change(say, outcome.seq)

    def _draft(self, say: Say) -> Draft:
        author = self.members[say.who]
        text = self._written(say.text, say.day)
        rendered = render(text)
        at = self.calendar.at(Moment(say.day, say.at))
        return Draft(
            room_id=self.room.pk,
            author_id=author.pk,
            epoch=self.epochs[author.pk],
            until=None,
            seat=self.seats[author.pk],
            cid=_cid(at, self.room.pk, author.pk, text),
            text=text,
            html=rendered.html,
            renderer=RENDERER,
            reply_to=self.seqs[say.reply_to] if say.reply_to else None,
            mentions=members_at(self.room, rendered.mentions),
            at=at,
        )

    def _written(self, text: str, day: int) -> str:
        calendar = self.calendar
        return written(
            text,
            seat=lambda key: self.seats[self.members[key].pk],
            weekday=calendar.weekday,
            day=day,
            adjoins=calendar.adjoin,
        )

    def _change(self, say: Say, seq: int) -> None:
        for edit in say.edits:
            self._edit(seq, self._written(edit.text, say.day), self.calendar.at(Moment(say.day, edit.at)))
        if say.removed is not None:
            self._remove(seq, say.removed.by, self.calendar.at(Moment(say.day, say.removed.at)))

    def _edit(self, seq: int, text: str, at: datetime) -> None:
        message = Message.objects.get(room=self.room, seq=seq)
        MessageVersion.objects.create(
            message=message,
            version=message.version,
            text=message.text,
            html=message.html,
            at=message.edited_at or message.at,
            by_id=message.author_id,
        )
        salt = new_salt()
        Message.objects.filter(pk=message.pk).update(
            text=text,
            html=render(text).html,
            version=message.version + 1,
            edited_at=at,
            salt=salt,
            digest=digest_of(salt, self.room.pk, seq, message.author_id, at, message.version + 1, text),
        )
        self._append(EventKind.MESSAGE_EDITED, message.author_id, message.seat, seq, at)

    def _remove(self, seq: int, by: str, at: datetime) -> None:
        message, remover = Message.objects.get(room=self.room, seq=seq), self.members[by]
        is_own = remover.pk == message.author_id
        Message.objects.filter(pk=message.pk).update(
            removed_at=at,
            removed_kind=Message.RemovedKind.AUTHOR if is_own else Message.RemovedKind.STAFF,
            removed_seat=self.seats[remover.pk],
        )
        self._append(EventKind.MESSAGE_REMOVED, remover.pk, self.seats[remover.pk], seq, at)

    def _append(self, kind: EventKind, actor: int, seat: int, seq: int, at: datetime) -> None:
        append_event(self.room.pk, kind, actor_id=actor, seat=seat, message=seq, at=at)


def _seats(room: Room) -> dict[int, int]:
    if room.kind == Room.Kind.COURSE:
        return dict(Enrollment.objects.filter(course=room.course_id).values_list("member_id", "seat"))
    return dict(RoomMember.objects.filter(room=room).values_list("member_id", "seat"))


def _cid(at: datetime, *parts: object) -> uuid.UUID:
    """A UUIDv7 that is the same at every run."""
    random = uuid.uuid5(uuid.NAMESPACE_OID, f"{at.isoformat()} {parts}").int
    value = int(at.timestamp() * 1000) << 80 | 0x7 << 76 | (random >> 64 & 0xFFF) << 64
    return uuid.UUID(int=value | 0b10 << 62 | random & (1 << 62) - 1)


def _mark_read(members: Mapping[str, Member], rooms: Mapping[str, Room]) -> None:
    """Everybody has read everything, but for what the story leaves unread."""
    now = timezone.now()
    keys = {member.pk: key for key, member in members.items()}
    names = {room.pk: key for key, room in rooms.items()}
    ReadMark.objects.all().delete()
    marks = []
    for room_id, readers in readers_of(list(names)).items():
        numbers = list(Message.objects.filter(room=room_id).order_by("number").values_list("seq", "number"))
        seated = _seats(Room.objects.get(pk=room_id)).keys()
        for member in {*seated, *readers.guardians}:
            left = len(numbers) - UNREAD.get((keys[member], names[room_id]), 0)
            seq, number = numbers[left - 1] if left > 0 else (0, 0)
            marks.append(
                ReadMark(member_id=member, room_id=room_id, seq=seq, number=number, mentions_seen_seq=seq, at=now)
            )
    ReadMark.objects.bulk_create(marks)
