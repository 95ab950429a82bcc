"""The launcher, `./chat`, as a person or a script starts it."""
