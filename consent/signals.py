"""consent_changed: one of the product's two signals (docs/architecture.md lists them).

Sent inside the transaction that changed it, so that rooms hide or show the child's messages in the same commit; a
receiver that fails undoes the change. Arguments: `child_id`, `allowed` (what the gate says now), `at`.
"""

from django.dispatch import Signal

consent_changed = Signal()
