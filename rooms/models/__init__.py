"""The tables of rooms. Nothing here writes: actions and the message writer do."""

from rooms.models.courses import Course, Enrollment
from rooms.models.drafts import Draft
from rooms.models.invitations import Invitation, JoinCode, Joining
from rooms.models.join_answers import JoinAnswer, Question
from rooms.models.log import EventKind, RoomEvent, RoomSeal
from rooms.models.messages import Mention, Message, MessageVersion, Pin, Reaction
from rooms.models.rooms import Mute, ReadMark, Room, RoomHead, RoomMember

__all__ = [
    "Course",
    "Draft",
    "Enrollment",
    "EventKind",
    "Invitation",
    "JoinAnswer",
    "JoinCode",
    "Joining",
    "Mention",
    "Message",
    "MessageVersion",
    "Mute",
    "Pin",
    "Question",
    "Reaction",
    "ReadMark",
    "Room",
    "RoomEvent",
    "RoomHead",
    "RoomMember",
    "RoomSeal",
]
