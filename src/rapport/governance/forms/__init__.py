from rapport.governance.forms.person import ConsentForm, ErasureForm
from rapport.governance.forms.settings import (
    AddressForm,
    NewPurposeForm,
    OptOutFileForm,
    PurposeForm,
    RemovalForm,
    SuppressForm,
)

__all__ = [
    "AddressForm",
    "ConsentForm",
    "ErasureForm",
    "NewPurposeForm",
    "OptOutFileForm",
    "PurposeForm",
    "RemovalForm",
    "SuppressForm",
]
