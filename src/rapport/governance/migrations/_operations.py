"""Three purposes to start with: what nearly every shop asks consent for, and what a contract allows."""

from django.db import migrations

PURPOSES = [
    ("newsletter", "Newsletter", "News, stories and tips.", "consent"),
    ("offers", "Offers", "Personal offers, reminders and recommendations.", "consent"),
    ("service", "Service messages", "What an order or an account needs: confirmations, delivery, changes.", "contract"),
]


def add(apps, schema_editor):
    purpose = apps.get_model("governance", "Purpose")
    for position, (key, name, description, basis) in enumerate(PURPOSES):
        values = {"name": name, "description": description, "basis": basis, "position": position}
        purpose.objects.get_or_create(key=key, defaults={**values, "refused_by_gpc": key == "offers"})


AFTER = [migrations.RunPython(add, migrations.RunPython.noop)]
