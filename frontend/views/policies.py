"""Privacy policy, terms and class rules: read by anybody, in every version, with what changed (S27); and, in one's own
account, what one has said yes to (S2).

Invariant: the public pages set no cookie and ask nobody who they are.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.errors import NotFound
from consent.models import PolicyVersion
from consent.queries.acceptances import acceptances_of
from consent.queries.policies import PolicyText, policies_in_force, text_of, versions_of
from consent.queries.sentences import country_name
from consent.queries.site import site_facts
from frontend.policy_pages import NAMES, changes_between, html_of
from frontend.views.admission import MemberRequest, admitted
from frontend.views.languages import in_asked_language


@require_safe
@in_asked_language
def policies(request: HttpRequest) -> HttpResponse:
    context = {"texts": [text_of(row) for row in policies_in_force()], "site": site_facts().name}
    return render(request, "pages/policies/policies.html", context)


@require_safe
@in_asked_language
def policy(request: HttpRequest, slug: str, version: str = "") -> HttpResponse:
    """The version in force, or the one that the address names."""
    versions = _versions(slug)
    in_force = _in_force(versions)
    row = _version(versions, version) if version else in_force
    text = text_of(row)
    context = {
        "slug": slug,
        "text": text,
        "body": html_of(text.text),
        "others": [text_of(each) for each in versions if each != row],
        "in_force": text_of(in_force),
        "is_coming": row.effective_at > timezone.now(),
        "site": site_facts().name,
        "country": country_name(),
    }
    return render(request, "pages/policies/policy.html", context)


@require_safe
@in_asked_language
def policy_changes(request: HttpRequest, slug: str) -> HttpResponse:
    """Between any two versions, the last two where nothing is asked for."""
    versions = _versions(slug)
    old, new = _asked(request, versions)
    context = {
        "slug": slug,
        "kind": NAMES[slug],
        "versions": versions,
        "old": old,
        "new": new,
        "changes": changes_between(old.text, new.text),
    }
    return render(request, "pages/policies/changes.html", context)


@require_safe
@in_asked_language
def policy_text(request: HttpRequest, slug: str, version: str) -> HttpResponse:
    """The very words, for whoever wants to see the SHA-256 for themselves."""
    text = text_of(_version(_versions(slug), version))
    return HttpResponse(text.text.encode(), content_type="text/plain; charset=utf-8")


@require_safe
@admitted
def acceptances(request: MemberRequest) -> HttpResponse:
    context = {
        "accepted": acceptances_of(request.user.pk),
        "texts": [text_of(row) for row in policies_in_force()],
        "is_young": request.user.is_protected_on(timezone.localdate()),
    }
    return render(request, "pages/policies/acceptances.html", context)


def _versions(slug: str) -> list[PolicyVersion]:
    """The newest first. Raises NotFound, also where this installation has entered none."""
    versions = versions_of(NAMES[slug]) if slug in NAMES else []
    if not versions:
        raise NotFound
    return versions


def _version(versions: list[PolicyVersion], version: str) -> PolicyVersion:
    found = next((row for row in versions if row.version == version), None)
    if found is None:
        raise NotFound
    return found


def _in_force(versions: list[PolicyVersion]) -> PolicyVersion:
    """Where all are still to come, the first that comes."""
    now = timezone.now()
    return next((row for row in versions if row.effective_at <= now), versions[-1])


def _asked(request: HttpRequest, versions: list[PolicyVersion]) -> tuple[PolicyText, PolicyText]:
    older = versions[1] if len(versions) > 1 else versions[0]
    old, new = request.GET.get("from", older.version), request.GET.get("to", versions[0].version)
    later = text_of(_version(versions, new))
    earlier = text_of(_version(versions, old), later.locale)
    return earlier, later if earlier.locale == later.locale else text_of(_version(versions, new), earlier.locale)
