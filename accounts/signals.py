"""account_cancelled: one of the product's two signals (docs/architecture.md lists them).

Sent inside the transaction that ends an account for good, after its access rows are locked, so that what stands above
lets go of it in the same commit; a receiver that fails undoes it. Arguments: `member_id`, `at`.
"""

from django.dispatch import Signal

account_cancelled = Signal()
