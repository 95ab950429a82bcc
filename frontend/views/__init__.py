"""Views of pages: they fetch through the actor, call one action, and render. Rules live below, in the domain packages."""
