"""Pages for those who build: every look of every component. They exist with DEBUG or in a demo, and nowhere else."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from rooms.queries.faces import TONES


@require_safe
def components(request: HttpRequest) -> HttpResponse:
    if not (settings.DEBUG or settings.DEMO):
        raise Http404
    return render(request, "pages/dev/components.html", {"numbers": range(TONES)})
