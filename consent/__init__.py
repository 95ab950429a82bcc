"""Schools, agreements, guardians and parental consent, and the one gate that decides who may come in."""
