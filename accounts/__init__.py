"""Members: who they are, how they sign in, what their sessions may do, and the chained record of what was done."""
