"""What people see: pages, templates, styles, browser modules. Imports the domain; chatserver alone imports it."""
