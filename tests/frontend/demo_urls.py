"""The addresses of a site that is a demo."""

from chatserver.urls import handler404 as handler404
from chatserver.urls import urlpatterns as always
from frontend.mail_urls import mailbox_urlpatterns

urlpatterns = [*always, *mailbox_urlpatterns]
