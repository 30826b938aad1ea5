"""Static files under names that hold a fingerprint of what is in them, so that browsers keep them for ever."""

from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage  # type: ignore[import-untyped]


class Fingerprinted(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Also what styles and ES modules import of each other is written with the fingerprinted name.

    Modules must not import each other in a circle: the fingerprint of each would depend on the other's. Before files
    are collected (tests, development) they keep their names; then a name that is not among them is an error.
    """

    support_js_module_import_aggregation = True
    max_post_process_passes = 12

    def stored_name(self, name: str) -> str:
        return super().stored_name(name) if self.hashed_files else name
