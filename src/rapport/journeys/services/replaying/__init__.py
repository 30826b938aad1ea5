"""Replay of journeys: the engine's own code over past events, on a virtual clock, without effects.

`past` is what was known then, `effects` what would have happened, `simulating` carries one person through their events;
`reading` brings the events, some thousands of persons at a time, `tallying` counts, `replays` is the job.
"""
