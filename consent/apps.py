from django.apps import AppConfig


class ConsentConfig(AppConfig):
    name = "consent"

    def ready(self) -> None:
        from accounts.audit import VERIFIERS
        from consent.actions.ledger import verify_consents

        VERIFIERS["consent"] = verify_consents
