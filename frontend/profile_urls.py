"""The addresses of profiles: one's own, other members', and the pictures in them."""

from django.urls import URLPattern, path

from frontend.views import leaving, members, profile

urlpatterns: list[URLPattern] = [
    path("account/profile/", profile.profile, name="profile"),
    path("account/profile/as/<slug:view>/", profile.profile_as, name="profile_as"),
    path("account/profile/edit/", profile.edit_profile, name="edit_profile"),
    path("account/profile/picture/", profile.picture, name="profile_picture"),
    path("account/data/", profile.data, name="account_data"),
    path("account/data/answers/<int:course_id>/", profile.answers, name="join_answers"),
    path("account/leave/", leaving.leave, name="leave"),
    path("members/<int:member_id>/", members.member, name="member"),
    path("members/<int:member_id>/state/", members.member_state, name="member_state"),
    path("members/<int:member_id>/delete/", members.delete_for, name="delete_for_child"),
    path("files/<slug:name>/", members.file, name="file"),
]
