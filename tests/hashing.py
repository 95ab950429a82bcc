"""How often a password was hashed: the work that may not tell whether an account exists."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class CountingHasher(Argon2PasswordHasher):
    """The real hasher, which also says how often it worked. For `settings.PASSWORD_HASHERS = [COUNTING]`."""

    works = 0

    def encode(self, password: str, salt: str) -> str:
        CountingHasher.works += 1
        return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        CountingHasher.works += 1
        return super().verify(password, encoded)


COUNTING = f"{__name__}.{CountingHasher.__name__}"
