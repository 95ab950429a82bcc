"""The texts that people say yes to are entered at each start, before anybody can be asked to.

Invariant: nobody is served words under a version that has others.
"""

from consent.actions.policies import TextChanged, enter_policies


def problem() -> str | None:
    """A sentence for the operator, when the server must not start."""
    try:
        enter_policies()
    except TextChanged as changed:
        return f"consent/policies: {changed} Put the file back as it was: people have said yes to it."
    return None
