"""Templates, tags and files of the pages."""
