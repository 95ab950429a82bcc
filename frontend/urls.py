"""The addresses of pages. Who may open one is the view's matter; what isn't theirs is not found."""

from django.urls import URLPattern, path

from frontend.views import (
    auth,
    chat,
    cookies,
    dev,
    drafts,
    duties,
    family,
    gate,
    help_now,
    home,
    languages,
    school,
    settings,
)

urlpatterns: list[URLPattern] = [
    path("", home.home, name="home"),
    path("home/state/", home.home_state, name="home_state"),
    path("sign-in/", auth.SignIn.as_view(), name="sign_in"),
    path("sign-out/", auth.SignOut.as_view(), name="sign_out"),
    path("account/confirm-address/", auth.confirm_address, name="confirm_address"),
    path("language/", languages.choose_language, name="choose_language"),
    path("gate/", gate.gate, name="gate"),
    path("gate/state/", gate.gate_state, name="gate_state"),
    path("gate/ask-again/", gate.ask_family_again, name="gate_ask_again"),
    path("help/", help_now.help_now, name="help_now"),
    path("cookies/", cookies.cookies, name="cookies"),
    path("rooms/", chat.rooms, name="rooms"),
    path("rooms/<int:room_id>/", chat.room, name="room"),
    path("rooms/<int:room_id>/<int:seq>/", chat.room, name="message"),
    path("drafts/", drafts.drafts, name="drafts"),
    path("drafts/<int:room_id>/discard/", drafts.discard, name="discard_draft"),
    path("family/", family.family, name="family"),
    path("family/state/", family.family_state, name="family_state"),
    path("duties/", duties.duties, name="duties"),
    path("settings/", settings.settings, name="settings"),
    path("school/<int:school_id>/consents/", school.consents, name="school_consents"),
    path(
        "school/<int:school_id>/instructors/<int:member_id>/confirm/",
        school.confirm_instructor,
        name="confirm_instructor",
    ),
    path("school/<int:school_id>/consents/<int:child_id>/", school.consent, name="school_consent"),
    path("school/<int:school_id>/consents/<int:child_id>/record/", school.record_consent, name="record_consent"),
    path("school/<int:school_id>/consents/<int:child_id>/withdraw/", school.withdraw_consent, name="withdraw_consent"),
    path("school/<int:school_id>/consents/<int:child_id>/refuse/", school.refuse_consent, name="refuse_consent"),
    path("dev/components/", dev.components, name="dev_components"),
]
