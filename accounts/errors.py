"""Every error a person can meet: a stable code, an HTTP status and a kind sentence. Rendered at three borders only:
socket frame, HTTP problem, HTML page.

Invariant: a code, once published, keeps its meaning; an error changes nothing in the database.

AppError
├── NotFound                not_found          absent, or not theirs: one answer for both
├── NotAllowed              not_allowed        theirs to see, not theirs to do
├── FieldInvalid            field_invalid      names the field of a form
├── MessageEmpty            message_empty
├── MessageTooLong          message_too_long
├── CidReused               cid_reused         the same cid in another room
├── OwnDetails              own_details        held back (S23)
├── TooFast                 too_fast           carries retry_after_seconds
│   └── TooManyTries        too_fast           sign-in and codes
├── Muted                   muted
├── RoomClosed              room_closed
├── AccessChanged           access_changed     the epoch moved since the connection was let in
├── EditWindowOver          edit_window_over
├── StorageFull             storage_full       the client keeps the text and tries again
├── Busy                    busy               the client keeps the text and tries again
├── TryLater                try_later          the client keeps the text and tries again
├── InvalidFrame            invalid_frame
└── UnknownCommand          unknown_command
"""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

Sentence = str | Promise


class AppError(Exception):
    """`data` fills the sentence and travels to whoever renders it; `field` names what a form has to mark."""

    code: ClassVar[str]
    status: ClassVar[int] = 400
    sentence: Sentence
    defaults: ClassVar[Mapping[str, Any]] = {}

    def __init__(
        self,
        sentence: Sentence | None = None,
        *,
        field: str | None = None,
        retry_after_seconds: int | None = None,
        **data: Any,
    ) -> None:
        super().__init__(self.code)
        if sentence is not None:
            self.sentence = sentence
        self.field = field
        self.retry_after_seconds = retry_after_seconds
        self.data: dict[str, Any] = {**self.defaults, **data}

    @property
    def text(self) -> str:
        """The sentence in the language of the moment."""
        return str(self.sentence % self.data) if self.data else str(self.sentence)

    def __str__(self) -> str:
        return self.text


class NotFound(AppError):
    code = "not_found"
    status = 404
    sentence = _("We can't find that. It may be gone, or it may not be shared with you.")


class NotAllowed(AppError):
    code = "not_allowed"
    status = 403
    sentence = _("That isn't possible for you here. If you think it should be, ask your teacher or your school.")


class FieldInvalid(AppError):
    """One field of what was sent is wrong: `FieldInvalid(_("…"), field="email")`."""

    code = "field_invalid"
    status = 422
    sentence = _("Please look at this field again.")


class MessageEmpty(AppError):
    code = "message_empty"
    sentence = _("There is nothing in this message yet. Write something, then send it.")


class MessageTooLong(AppError):
    code = "message_too_long"
    status = 413
    sentence = _("This message is too long: %(limit)d characters is the most. Nothing is lost, it is still here.")
    defaults: ClassVar[Mapping[str, Any]] = {"limit": 8000}


class CidReused(AppError):
    code = "cid_reused"
    status = 409
    sentence = _("This message was already sent somewhere else. Copy the text and send it as a new message.")


class OwnDetails(AppError):
    code = "own_details"
    status = 422
    sentence = _(
        "This looks like your family's phone number or email. "
        "Take it out and you can send the rest. Nobody has seen it."
    )


class TooFast(AppError):
    code = "too_fast"
    status = 429
    sentence = ngettext_lazy(
        "That was quick. Your message is still here; you can send it in %(seconds)d second.",
        "That was quick. Your message is still here; you can send it in %(seconds)d seconds.",
        "seconds",
    )

    def __init__(self, sentence: Sentence | None = None, *, retry_after_seconds: int = 1, **data: Any) -> None:
        seconds = max(1, retry_after_seconds)
        super().__init__(sentence, retry_after_seconds=seconds, **{"seconds": seconds, **data})


class TooManyTries(TooFast):
    sentence = ngettext_lazy(
        "Too many tries. Try again in %(minutes)d minute.",
        "Too many tries. Try again in %(minutes)d minutes.",
        "minutes",
    )

    def __init__(self, *, retry_after_seconds: int) -> None:
        super().__init__(retry_after_seconds=retry_after_seconds, minutes=max(1, -(-retry_after_seconds // 60)))


class Muted(AppError):
    code = "muted"
    status = 403
    sentence = _("You can read here, but not write for now. Your text is still here.")


class RoomClosed(AppError):
    code = "room_closed"
    status = 409
    sentence = _("This room is closed for new messages. You can still read it.")


class AccessChanged(AppError):
    code = "access_changed"
    status = 409
    sentence = _("Something about your access has just changed. Your text is still here; wait a moment.")


class EditWindowOver(AppError):
    code = "edit_window_over"
    status = 403
    sentence = _("The time to change this message is over. You can still remove it, or write a new one.")


class StorageFull(AppError):
    code = "storage_full"
    status = 507
    sentence = _("The server has no room left right now. Your message is still here and is sent as soon as it has.")


class Busy(AppError):
    code = "busy"
    status = 503
    sentence = _("A lot is going on right now. Your message is still here and is sent again by itself.")


class TryLater(AppError):
    code = "try_later"
    status = 503
    sentence = _("That didn't work, and it isn't your fault. Please try again in a moment.")


class InvalidFrame(AppError):
    code = "invalid_frame"
    sentence = _("This page and the server didn't understand each other. Reload the page; your text is kept.")


class UnknownCommand(AppError):
    code = "unknown_command"
    sentence = _("The server doesn't know what this page asked for. Reload the page; your text is kept.")


def error_classes(root: type[AppError] = AppError) -> Iterator[type[AppError]]:
    """The tree, depth first, without its root."""
    for error in root.__subclasses__():
        yield error
        yield from error_classes(error)


# Code → the class that first declares it, for docs/protocol.md and its test.
CODES: dict[str, type[AppError]] = {error.code: error for error in error_classes() if "code" in vars(error)}
