"""The addresses of a course's pages."""

from django.urls import URLPattern, path

from frontend.views import course_people, course_rooms, courses

urlpatterns: list[URLPattern] = [
    path("courses/", courses.courses, name="courses"),
    path("courses/new/", courses.new_course, name="new_course"),
    path("courses/<int:course_id>/", courses.course, name="course"),
    path("courses/<int:course_id>/settings/", courses.course_settings, name="course_settings"),
    path("courses/<int:course_id>/questions/", courses.ask, name="ask_students"),
    path("courses/<int:course_id>/archive/", courses.archive, name="archive_course"),
    path("courses/<int:course_id>/restore/", courses.restore, name="restore_course"),
    path("courses/<int:course_id>/people/", course_people.course_people, name="course_people"),
    path("courses/<int:course_id>/people/add/", course_people.add_staff, name="add_staff"),
    path("courses/<int:course_id>/people/<int:member_id>/remove/", course_people.take_out, name="take_out"),
    path("courses/<int:course_id>/people/<int:member_id>/restore/", course_people.bring_in_again, name="bring_back"),
    path("courses/<int:course_id>/rooms/", course_rooms.course_rooms, name="course_rooms"),
    path("courses/<int:course_id>/rooms/<int:room_id>/", course_rooms.course_room, name="course_room"),
    path("courses/<int:course_id>/rooms/<int:room_id>/seat/", course_rooms.seat, name="seat_in_group"),
    path("courses/<int:course_id>/rooms/<int:room_id>/unseat/", course_rooms.unseat, name="take_out_of_group"),
    path("courses/<int:course_id>/rooms/<int:room_id>/archive/", course_rooms.archive, name="archive_room"),
    path("courses/<int:course_id>/rooms/<int:room_id>/restore/", course_rooms.restore, name="restore_room"),
    path("courses/<int:course_id>/rooms/<int:room_id>/record/", course_rooms.record, name="room_record"),
]
