"""Courses, rooms and what is written in them."""
