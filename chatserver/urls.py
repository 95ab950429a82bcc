"""Every address of the site. Pages are frontend's; what only exists in a demo is added here."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("frontend.urls")),
]
