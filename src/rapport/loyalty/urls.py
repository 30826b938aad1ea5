from django.urls import URLPattern, URLResolver, path

from rapport.loyalty.views import (
    accounts,
    badges,
    liability,
    partners,
    programs,
    rewards,
    rules,
    tiers,
    wallet,
)

app_name = "loyalty"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", programs.program_list, name="programs"),
    path("programs/new/", programs.new, name="program-new"),
    path("programs/<slug:program_key>/", programs.program, name="program"),
    path("programs/<slug:program_key>/edit/", programs.edit, name="program-edit"),
    path("programs/<slug:program_key>/end/", programs.end, name="program-end"),
    path("programs/<slug:program_key>/liability/", liability.liability, name="liability"),
    path("programs/<slug:program_key>/rules/new/", rules.new, name="rule-new"),
    path("programs/<slug:program_key>/rules/<int:earn_rule_id>/", rules.edit, name="rule"),
    path("programs/<slug:program_key>/rules/<int:earn_rule_id>/end/", rules.end, name="rule-end"),
    path("programs/<slug:program_key>/badges/", badges.edit, name="badges"),
    path("programs/<slug:program_key>/partners/", partners.edit, name="partners"),
    path("programs/<slug:program_key>/tiers/", tiers.edit, name="tiers"),
    path("programs/<slug:program_key>/rewards/new/", rewards.new, name="reward-new"),
    path("programs/<slug:program_key>/rewards/<int:reward_id>/", rewards.edit, name="reward"),
    path("programs/<slug:program_key>/rewards/<int:reward_id>/end/", rewards.end, name="reward-end"),
    path("accounts/<uuid:loyalty_account_id>/rewards/<int:reward_id>/", rewards.redeem, name="redeem"),
    path("accounts/", accounts.account_list, name="accounts"),
    path("accounts/<uuid:loyalty_account_id>/", accounts.account, name="account"),
    path("accounts/<uuid:loyalty_account_id>/points/", accounts.book, name="account-book"),
    path("accounts/<uuid:loyalty_account_id>/card/", accounts.card, name="account-card"),
    path("accounts/<uuid:loyalty_account_id>/status/", accounts.status, name="account-status"),
    path("wallet/", wallet.wallet, name="wallet"),
    path("card/<str:token>/", wallet.card, name="card"),
    path("card/<str:token>/card.pkpass", wallet.card_file, name="card-file"),
    path("card/<str:token>/google/", wallet.card_to_google, name="card-google"),
    # As Apple has them: the address in a card is what stands before v1.
    path("apple", wallet.apple_root, name="apple"),
    path(
        "apple/v1/devices/<str:device>/registrations/<str:pass_type>/<str:serial>",
        wallet.apple_device,
        name="apple-device",
    ),
    path(
        "apple/v1/devices/<str:device>/registrations/<str:pass_type>",
        wallet.apple_changed,
        name="apple-changed",
    ),
    path("apple/v1/passes/<str:pass_type>/<str:serial>", wallet.apple_pass, name="apple-pass"),
    path("apple/v1/log", wallet.apple_log, name="apple-log"),
    path("people/<uuid:person_id>/", accounts.person, name="person"),
    path("people/<uuid:person_id>/join/<slug:program_key>/", accounts.join, name="join"),
]
