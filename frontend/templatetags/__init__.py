"""Tags that templates use: the import map, icons and avatars, times in the reader's form."""
