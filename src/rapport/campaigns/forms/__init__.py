"""Forms of campaigns and social posts."""

from rapport.campaigns.forms.campaigns import CampaignForm
from rapport.campaigns.forms.social import AnswerForm, SocialPostForm

__all__ = ["AnswerForm", "CampaignForm", "SocialPostForm"]
