"""How many examples a property gets."""

from __future__ import annotations

from hypothesis import settings

_USUAL_EXAMPLES = 100


def tries(count: int) -> settings:
    """Returns the settings of a property with that many examples in a usual run.

    A run whose profile has fewer examples than usual takes its share of them.
    """
    profile = settings.get_profile(settings.get_current_profile_name())
    share = count * profile.max_examples // _USUAL_EXAMPLES
    return settings(max_examples=max(1, share))
