"""What people see: pages, templates, styles, modules of the browser. Imports the domain; chatserver alone imports it."""
