"""The addresses of the operator's pages."""

from django.urls import URLPattern, path

from frontend.views import operator

urlpatterns: list[URLPattern] = [
    path("operator/", operator.operator, name="operator"),
    path("operator/set-up/", operator.set_up_site, name="set_up"),
    path("operator/site/", operator.site, name="operator_site"),
    path("operator/mail/test/", operator.test_mail, name="operator_test_mail"),
    path("operator/instructors/<int:member_id>/confirm/", operator.confirm_instructor, name="operator_confirm"),
    path("operator/schools/new/", operator.new_school, name="new_school"),
    path("operator/schools/<int:school_id>/", operator.school, name="operated_school"),
    path("operator/schools/<int:school_id>/administrators/", operator.add_administrator, name="add_administrator"),
    path(
        "operator/schools/<int:school_id>/administrators/<int:grant_id>/end/",
        operator.end_administrator,
        name="end_administrator",
    ),
    path("operator/schools/<int:school_id>/agreement/", operator.add_agreement, name="add_agreement"),
]
