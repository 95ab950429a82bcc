"""The addresses of inviting and of being invited."""

from django.urls import URLPattern, path

from frontend.views import invitation, invitations

urlpatterns: list[URLPattern] = [
    path("invitation/", invitation.invitation, name="invitation"),
    path("invitation/decline/", invitation.decline, name="decline_invitation"),
    path("courses/<int:course_id>/invitations/", invitations.course_invitations, name="course_invitations"),
    path("courses/<int:course_id>/invitations/state/", invitations.invitations_state, name="invitations_state"),
    path(
        "courses/<int:course_id>/invitations/<int:invitation_id>/<slug:deed>/",
        invitations.change_invitation,
        name="change_invitation",
    ),
]
