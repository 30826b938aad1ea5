from rapport.governance.forms.person import ConsentForm, ErasureForm
from rapport.governance.forms.settings import AddressForm, NewPurposeForm, PurposeForm, SuppressForm

__all__ = ["AddressForm", "ConsentForm", "ErasureForm", "NewPurposeForm", "PurposeForm", "SuppressForm"]
