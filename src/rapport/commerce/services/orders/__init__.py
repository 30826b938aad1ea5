"""Orders as projections of events: heard on the stream, kept as facts, folded in micro-batches."""


def register() -> None:
    """Called once at start."""
    from rapport.commerce.services.order_facts import hearing
    from rapport.commerce.services.order_facts.keeping import LOOP
    from rapport.commerce.services.orders import following, personal_data, projection
    from rapport.core.registry import PERSONAL_DATA, WORKER_LOOPS, WorkerLoop
    from rapport.events.registry import EVENT_LISTENERS
    from rapport.people.registry import MERGEABLES

    EVENT_LISTENERS.register(hearing.LISTENER)
    WORKER_LOOPS.register(WorkerLoop(LOOP, projection.run_once, 1.0, part="projector", longest_idle=10.0))
    MERGEABLES.register(following.MERGEABLE)
    PERSONAL_DATA.register(personal_data.HOLDER)
