"""The language of pages that set no cookie: it stands in their address, `?language=es`."""

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

View = Callable[..., HttpResponse]


def in_asked_language(view: View) -> View:
    """Renders the page in the language its address asks for, if we speak it. The view has to render at once."""

    @wraps(view)
    def spoken(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        asked = request.GET.get("language", "")
        if asked not in dict(settings.LANGUAGES):
            return view(request, *args, **kwargs)
        with translation.override(asked):
            return view(request, *args, **kwargs)

    return spoken
