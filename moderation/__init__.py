"""Reports and what follows from them: evidence, queue, actions, appeals. Nothing here yet but its place."""
