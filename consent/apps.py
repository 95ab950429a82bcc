from django.apps import AppConfig


class ConsentConfig(AppConfig):
    name = "consent"

    def ready(self) -> None:
        from accounts.audit import VERIFIERS
        from accounts.mail.permissions import CHILD_RULES
        from accounts.queries.networks import LISTS
        from consent.actions.ledger import verify_consents
        from consent.queries.facts import may_be_mailed
        from consent.queries.networks import is_on_a_list

        VERIFIERS["consent"] = verify_consents
        CHILD_RULES["consent"] = may_be_mailed
        LISTS["consent"] = is_on_a_list
