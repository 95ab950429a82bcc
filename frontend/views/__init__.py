"""Views of pages: they fetch through the actor, call one action, and render. Rules live in the packages below."""
