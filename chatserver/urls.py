"""Every address of the site. Pages are frontend's; what only exists in a demo is added here."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("frontend.urls")),
]

if settings.MAILBOX_SHOWN:
    from frontend.mail_urls import mailbox_urlpatterns

    urlpatterns += mailbox_urlpatterns

if settings.DEMO:
    from chatserver.demo import cards, player

    urlpatterns += [
        path("demo/enter/<str:name>/", cards.enter, name="demo_enter"),
        path("demo/lesson/", player.play, name="demo_lesson"),
    ]

handler400 = "frontend.views.errors.bad_request"
handler403 = "frontend.views.errors.forbidden"
handler404 = "frontend.views.errors.not_found"
handler500 = "frontend.views.errors.server_error"
