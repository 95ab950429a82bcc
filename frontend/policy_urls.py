"""The texts that people say yes to, open to everybody."""

from django.urls import URLPattern, path

from frontend.views import policies

urlpatterns: list[URLPattern] = [
    path("policy/", policies.policies, name="policies"),
    path("policy/<slug:slug>/", policies.policy, name="policy"),
    path("policy/<slug:slug>/changes/", policies.policy_changes, name="policy_changes"),
    path("policy/<slug:slug>/<slug:version>/", policies.policy, name="policy_version"),
    path("policy/<slug:slug>/<slug:version>/text/", policies.policy_text, name="policy_text"),
    path("account/policies/", policies.acceptances, name="account_policies"),
]
