"""Sources by the service: what they may be called."""

import pytest
from django.core.exceptions import ValidationError

from rapport.events.services import sources


@pytest.mark.parametrize("name", ["computed", "Lifecycle", "by  hand", "import"])
def test_no_source_is_named_like_one_of_rapports_own_writers(actor, db, name):
    with pytest.raises(ValidationError, match="reserved"):
        sources.create_source(actor=actor, name=name)
