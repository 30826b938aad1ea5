from django.urls import URLPattern, URLResolver, include, path

from rapport.channels.phone import views as phone
from rapport.channels.post import views as post
from rapport.channels.push import views as push
from rapport.channels.views import accounts, domains, senders

app_name = "channels"
urlpatterns: list[URLPattern | URLResolver] = [
    path("letters/", post.letters, name="letters"),
    path("letters/<int:mailpiece_id>/", post.mailpiece, name="letter"),
    path("letters/returns/", post.returns, name="letter-returns"),
    path("letters/files/", post.print_files, name="print-files"),
    path("letters/files/closing/", post.closing, name="print-file-closing"),
    path("letters/files/<int:file_id>/", post.print_file, name="print-file"),
    path("letters/files/<int:file_id>/making/", post.making, name="print-file-making"),
    path("calls/", phone.calls, name="calls"),
    path("calls/next/", phone.next_call, name="call-next"),
    path("calls/<int:call_id>/", phone.call, name="call"),
    path("calls/<int:call_id>/taking/", phone.taking, name="call-taking"),
    path("calls/<int:call_id>/attempts/", phone.attempt, name="call-attempt"),
    path("settings/senders/", senders.senders, name="senders"),
    path("settings/mailbox-providers/limit/", senders.limit, name="provider-limit"),
    path("settings/senders/<slug:stream>/", senders.sender, name="sender"),
    path("settings/sending-domains/new/", senders.new_domain, name="domain-new"),
    path("settings/sending-domains/<int:domain_id>/", domains.domain, name="domain"),
    path("settings/sending-domains/<int:domain_id>/check/", domains.check, name="domain-check"),
    path("settings/sending-domains/<int:domain_id>/keys/", domains.new_key, name="domain-key"),
    path("settings/sending-domains/<int:domain_id>/warmup/", domains.warmup, name="domain-warmup"),
    path("settings/sending-domains/<int:domain_id>/removal/", domains.removal, name="domain-removal"),
    path("settings/channels/", accounts.account_list, name="accounts"),
    path("settings/channels/new/<slug:adapter>/", accounts.new, name="account-new"),
    path("settings/channels/<int:account_id>/", accounts.account, name="account"),
    path("settings/channels/<int:account_id>/test/", accounts.test, name="account-test"),
    path("settings/channels/<int:account_id>/inspection/", accounts.inspection, name="account-inspection"),
    path("settings/channels/<int:account_id>/disabling/", accounts.disabling, name="account-disabling"),
    path("", include("rapport.channels.inbox.urls")),
    # What browsers and apps call, with the public write key of their source.
    path("client/v1/push", push.key, name="push_key"),
    path("client/v1/devices", push.register, name="register_device"),
    path("client/v1/devices/detachment", push.detach, name="detach_device"),
    path("client/v1/devices/renewal", push.renew, name="renew_device"),
    path("client/v1/reports", push.report, name="push_report"),
    path("rapport-push.js", push.page_script, name="push_script"),
    path("rapport-push-worker.js", push.worker_script, name="push_worker"),
]
