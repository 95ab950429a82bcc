"""The addresses of codes and of joining."""

from django.urls import URLPattern, path

from frontend.views import join_codes, joining, register_student

urlpatterns: list[URLPattern] = [
    path("join/", joining.join, name="join"),
    path("join/offer/", joining.join_offer, name="join_offer"),
    path("join/another/", joining.forget_offer, name="forget_offer"),
    path("register/student/", register_student.register_student, name="register_student"),
    path("courses/<int:course_id>/codes/", join_codes.codes, name="course_codes"),
    path("courses/<int:course_id>/codes/state/", join_codes.codes_state, name="codes_state"),
    path("courses/<int:course_id>/codes/<int:code_id>/", join_codes.code_bounds, name="code_bounds"),
    path("courses/<int:course_id>/codes/<int:code_id>/poster/", join_codes.code_poster, name="code_poster"),
    path("courses/<int:course_id>/codes/<int:code_id>/<slug:deed>/", join_codes.change_code, name="change_code"),
]
