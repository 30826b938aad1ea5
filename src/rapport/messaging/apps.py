from django.apps import AppConfig
from django.conf import settings


class MessagingConfig(AppConfig):
    name = "rapport.messaging"
    label = "messaging"
    verbose_name = "Messaging"

    def ready(self) -> None:
        from rapport.channels.registry import INCOMING_LISTENERS
        from rapport.core import registry
        from rapport.core.api.limits import API_LIMITS, ApiLimit
        from rapport.events.registry import CLICK_LISTENERS
        from rapport.messaging import audit_words, jobs, observing, pages, permissions
        from rapport.messaging.registry import GATE_FACTS, SEND_ORIGINS
        from rapport.messaging.services import (
            afterwards,
            answers,
            calls,
            engaged,
            engaged_editor,
            handovers,
            personal_data,
            reported,
            segment_facts,
        )
        from rapport.segments.builder.registry import EDITORS
        from rapport.segments.language.registry import CLAUSE_KINDS

        permissions.register()
        pages.register()
        audit_words.register_words()
        jobs.register()
        observing.register()
        API_LIMITS.register(ApiLimit("POST /api/v1/messages", lambda: settings.MESSAGES_PER_MINUTE))
        handovers.register()
        SEND_ORIGINS.register(calls.SEND_ORIGIN)
        SEND_ORIGINS.register(answers.SEND_ORIGIN)
        INCOMING_LISTENERS.register(reported.take, "messaging")
        CLICK_LISTENERS.register(afterwards.take_seen, "messaging")
        GATE_FACTS.register(segment_facts.FACT)
        registry.PERSONAL_DATA.register(personal_data.HOLDER)
        engaged.register_column()
        CLAUSE_KINDS.register(engaged.EngagedClause())
        EDITORS.register(engaged_editor.EDITOR, "engaged")
        _register_loops()


def _register_loops() -> None:
    from rapport.core import registry
    from rapport.messaging.services import (
        judging,
        listening,
        mailbox_reader,
        sender,
        sends,
        tracking_requests,
    )

    registry.WORKER_LOOPS.register(registry.WorkerLoop("messaging.mailboxes", mailbox_reader.run_once, 1.0))
    registry.WORKER_LOOPS.register(
        registry.WorkerLoop("messaging.listening", listening.run_once, listening.EVERY)
    )
    registry.WORKER_LOOPS.register(
        registry.WorkerLoop("messaging.judging", judging.run_once, 1.0, woken_as=tracking_requests.WAKES)
    )
    for name, run in (
        ("messaging.sender", sender.send_marketing),
        ("messaging.transactional", sender.send_transactional),
    ):
        registry.WORKER_LOOPS.register(registry.WorkerLoop(name, run, 1.0, woken_as=sends.WAKES))
