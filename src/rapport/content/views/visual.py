"""The visual editor: a page of its own within the editor's, whose policy lets it write styles and nothing else."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_sameorigin

from rapport.content import queries
from rapport.content.library import queries as library
from rapport.content.services import personal_values, pieces, ready_blocks
from rapport.content.services.brand_values import markup_of, values_of
from rapport.core.access import actor_of
from rapport.core.services.preferences import prefer, preference
from rapport.core.views.pages import page

# GrapesJS draws with styles. No address can be asked, nothing sent, and only the page around it may show it.
VISUAL_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' https: http: data:; "
    "font-src 'self' https: data:; connect-src 'none'; frame-src 'self'; frame-ancestors 'self'; base-uri 'none'; "
    "form-action 'none'"
)
IMAGES_SHOWN = 200
CHOICE, EDITORS = "mail_editor", ("source", "visual")


@xframe_options_sameorigin
@page("templates.edit")
def visual(request: HttpRequest) -> HttpResponse:
    """The same for every template: the page around it gives the source and takes it back."""
    actor = actor_of(request)
    brand = queries.brand()
    simple = pieces.pieces()
    ready = ready_blocks.ready()
    own = pieces.of_blocks(list(library.blocks(actor)[:IMAGES_SHOWN]))
    given = {
        "words": pieces.words(),
        "brand": values_of(brand) | markup_of(brand) | {"described": not brand._state.adding},
        "names": personal_values.labels(),
        "pieces": {piece.key: piece.mjml for piece in [*simple, *ready, *own]},
        "images": [
            {"url": queries.image_url(image), "small": queries.image_url(image, small=True), "alt": image.alt}
            for image in library.images(actor)[:IMAGES_SHOWN]
        ],
    }
    response = render(
        request, "content/visual.html", {"given": given, "simple": simple, "ready": ready, "own": own}
    )
    response.headers["Content-Security-Policy"] = VISUAL_POLICY
    response.headers["Cache-Control"] = "no-store, private"
    return response


def editor_of(request: HttpRequest) -> str:
    """The editor in which whoever asks wrote last, whichever message that was."""
    return preference(actor_of(request), CHOICE, EDITORS[0])


def keep_editor(request: HttpRequest) -> None:
    """Remembers the editor that a draft came from."""
    chosen = request.POST.get("editor", "")
    if chosen in EDITORS and chosen != editor_of(request):
        prefer(actor=actor_of(request), name=CHOICE, value=chosen)
