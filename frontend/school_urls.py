"""The addresses of a school's office."""

from django.urls import URLPattern, path

from frontend.views import school, school_addresses, school_people, two_factor_resets

urlpatterns: list[URLPattern] = [
    path("school/<int:school_id>/", school_people.today, name="school"),
    path("school/<int:school_id>/people/", school_people.people, name="school_people"),
    path("school/<int:school_id>/roles/", school_people.roles, name="school_roles"),
    path("school/<int:school_id>/roles/<int:grant_id>/end/", school_people.end_role, name="end_role"),
    path("school/<int:school_id>/people/<int:member_id>/two-factor/", two_factor_resets.reset, name="reset_two_factor"),
    path("school/<int:school_id>/addresses/", school_addresses.addresses, name="school_addresses"),
    path(
        "school/<int:school_id>/addresses/<int:network_id>/remove/",
        school_addresses.remove,
        name="remove_school_address",
    ),
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
    path("school/<int:school_id>/consents/<int:child_id>/age/", school.tell_age, name="tell_age"),
    path(
        "school/<int:school_id>/consents/<int:child_id>/ask-again/",
        school.ask_again_of_school,
        name="school_ask_again",
    ),
]
