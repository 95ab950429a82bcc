"""`python -m bench`: to the right one of the six commands."""

from collections.abc import Sequence

from bench import provision, verifying
from bench.arguments import FAULTS, MACHINE, MAIL, PROVISION, VERIFY, parse


def main(arguments: Sequence[str]) -> int:
    options = parse(arguments)
    if options.what == PROVISION:
        return provision.main(options)
    if options.what == VERIFY:
        return verifying.main(options)
    if options.what == FAULTS:
        from bench.faults import running

        return running.main(options)
    if options.what == MACHINE:
        from bench import machine

        return machine.main(options)
    if options.what == MAIL:
        from bench import mail

        return mail.main(options)
    from bench import measuring

    return measuring.main(options)
