"""The addresses that mails lead to; and the mailbox of demos and of whoever builds, which chatserver.urls adds."""

from django.urls import URLPattern, path

from frontend.views import consent_notice, mail_stops, mailbox, phishing

urlpatterns: list[URLPattern] = [
    path("help/phishing/", phishing.phishing, name="phishing"),
    path("consent/", consent_notice.consent_link, name="consent_link"),
    path("consent/notice/", consent_notice.consent_notice, name="consent_notice"),
    path("mail/stop/<str:token>/", mail_stops.mail_stop, name="mail_stop"),
]

mailbox_urlpatterns: list[URLPattern] = [
    path("dev/mail/", mailbox.mailbox, name="mailbox"),
    path("dev/mail/<str:name>/", mailbox.mail, name="mail"),
    path("dev/mail/<str:name>/html/", mailbox.mail_html, name="mail_html"),
]
