"""Tests that look at the product through a browser: a real Chromium, a real server."""
